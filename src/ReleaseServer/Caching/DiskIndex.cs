using Microsoft.Win32.SafeHandles;

namespace ReleaseServer.Caching;

/// <summary>
/// The disk tier's index: a file of lines that is only added to, so that a process that is killed leaves at worst half a line behind, which
/// is passed over. Written anew at each start, and when it has grown. Safe for concurrent use.
/// </summary>
internal sealed class DiskIndex : IDisposable
{
    private const string FileName = "index";

    // Lines beyond four times what is kept are not worth their room.
    private const int MostWaste = 4;
    private const int FewLines = 1000;

    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly Dictionary<string, DiskRecord> _records = new(StringComparer.Ordinal);
    private SafeFileHandle? _handle;
    private long _end;
    private int _lines;
    private long? _purge;
    private bool _isDisposed;

    /// <param name="directory">Exists.</param>
    public DiskIndex(string directory) => _path = Path.Combine(directory, FileName);

    /// <summary>How far the purge log was applied; null where nothing says.</summary>
    public long? Purge
    {
        get
        {
            lock (_lock)
            {
                return _purge;
            }
        }
    }

    /// <summary>What the index of a directory says now, whoever is writing to it. Nothing is changed.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IReadOnlyList<DiskRecord> Peek(string directory)
    {
        var path = Path.Combine(directory, FileName);
        if (!File.Exists(path))
        {
            return [];
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var content = new byte[file.Length];
        using var index = new DiskIndex(directory);
        index.ReadAll(content.AsSpan(0, file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false)));
        return [.. index._records.Values];
    }

    /// <summary>Reads what an earlier process left, and writes it anew without what is of no use.</summary>
    /// <param name="isThere">Whether a record's file is there as it says.</param>
    /// <exception cref="IOException">The disk fails.</exception>
    public IReadOnlyList<DiskRecord> Load(Func<DiskRecord, bool> isThere)
    {
        lock (_lock)
        {
            if (File.Exists(_path))
            {
                ReadAll(File.ReadAllBytes(_path));
            }

            foreach (var gone in _records.Values.Where(record => !isThere(record)).ToList())
            {
                _records.Remove(gone.File!);
            }

            Rewrite();
            return [.. _records.Values];
        }
    }

    /// <summary>Forgets all files; the next line that is added is the first of a new index.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _records.Clear();
            _handle?.Dispose();
            _handle = null;
        }
    }

    /// <summary>Adds a line.</summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public void Append(DiskRecord record)
    {
        lock (_lock)
        {
            Apply(record);
            if (_isDisposed)
            {
                return;
            }

            if (_handle is null || _lines > FewLines + (MostWaste * _records.Count))
            {
                Rewrite();
                return;
            }

            Write(_handle, record.ToLine());
        }
    }

    /// <summary>Changes a file's line, where it has one.</summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public void Change(string file, Func<DiskRecord, DiskRecord> change)
    {
        lock (_lock)
        {
            if (_records.TryGetValue(file, out var record))
            {
                Append(change(record));
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _handle?.Dispose();
            _handle = null;
        }
    }

    private void ReadAll(ReadOnlySpan<byte> content)
    {
        while (content.IndexOf((byte)'\n') is >= 0 and var end)
        {
            if (DiskRecord.Read(content[..end]) is { } record)
            {
                Apply(record);
            }

            content = content[(end + 1)..];
        }
    }

    private void Apply(DiskRecord record)
    {
        if (record.Purge is { } purge)
        {
            _purge = purge;
        }
        else if (record.File is { } file && record.Key is not null)
        {
            _records[file] = record;
        }
        else if (record.File is not null)
        {
            _records.Remove(record.File);
        }
    }

    // Where this fails there is no file that lines could be added to: the next one tries to write all of them again.
    private void Rewrite()
    {
        _handle?.Dispose();
        _handle = null;
        var scratch = _path + ".new";
        var handle = File.OpenHandle(scratch, FileMode.Create, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);
        try
        {
            (_end, _lines) = (0, 0);
            if (_purge is not null)
            {
                Write(handle, new DiskRecord(null, Purge: _purge).ToLine());
            }

            foreach (var record in _records.Values)
            {
                Write(handle, record.ToLine());
            }

            File.Move(scratch, _path, overwrite: true);
            (_handle, handle) = (handle, null);
        }
        finally
        {
            handle?.Dispose();
        }
    }

    private void Write(SafeFileHandle handle, byte[] line)
    {
        RandomAccess.Write(handle, line, _end);
        _end += line.Length;
        _lines++;
    }
}
