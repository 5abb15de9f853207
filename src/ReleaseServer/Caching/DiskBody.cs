using Microsoft.Win32.SafeHandles;

namespace ReleaseServer.Caching;

/// <summary>A body in a file of the cache's directory. The file is open while it is used; once evicted, it goes when its last user does.</summary>
/// <param name="path">Of the file; it exists.</param>
/// <param name="length">Bytes of the whole object.</param>
/// <param name="handles">How many files are open.</param>
internal sealed class DiskBody(string path, long length, OpenFiles handles) : CachedBody(length)
{
    /// <summary>What was read so lately is not evicted yet; larger files may push out their own beginning.</summary>
    private const int ResidentMilliseconds = 5000;

    private const long LargestResident = 64 << 20;

    private readonly Lock _lock = new();
    private SafeFileHandle? _handle;
    private int _users;
    private bool _isGone;
    private long _residentUntil;

    /// <summary>
    /// Whether the system has all of it in memory, as far as can be told without asking: all of it was read a moment ago.
    /// </summary>
    public bool IsResident => Environment.TickCount64 < Volatile.Read(ref _residentUntil);

    public string Path => path;

    /// <summary>Notes that all of it was read just now.</summary>
    public void NoteRead()
    {
        if (Length <= LargestResident)
        {
            Volatile.Write(ref _residentUntil, Environment.TickCount64 + ResidentMilliseconds);
        }
    }

    /// <summary>The file, open for reading, until <see cref="Release"/>; null where it is gone.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public SafeFileHandle? Acquire()
    {
        lock (_lock)
        {
            if (_handle is null)
            {
                if (_isGone)
                {
                    return null;
                }

                // Asynchronous is what Socket.SendPacketsAsync asks of a handle that it sends from.
                _handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous);
                handles.Count(1);
            }

            _users++;
            return _handle;
        }
    }

    /// <summary>As <see cref="Acquire"/>, without ever waiting for the disk: null also where the file is not open at the moment.</summary>
    public SafeFileHandle? AcquireIfOpen()
    {
        lock (_lock)
        {
            if (_handle is not null)
            {
                _users++;
            }

            return _handle;
        }
    }

    /// <summary>Ends a use that one of the above began.</summary>
    public void Release()
    {
        lock (_lock)
        {
            _users--;
            CloseWhereUnused();
        }
    }

    /// <summary>Removes the file; who uses it reads on.</summary>
    public void Delete()
    {
        lock (_lock)
        {
            if (_isGone)
            {
                return;
            }

            _isGone = true;
            try
            {
                File.Delete(path);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Left behind on a disk that fails; the next start removes it.
            }

            CloseWhereUnused();
        }
    }

    public override int Read(long position, Span<byte> buffer)
    {
        var handle = Acquire() ?? throw new IOException($"{path} is gone from the cache");
        try
        {
            return RandomAccess.Read(handle, buffer, position);
        }
        finally
        {
            Release();
        }
    }

    public override void Write(long position, ReadOnlySpan<byte> bytes)
    {
        var handle = Acquire() ?? throw new IOException($"{path} is gone from the cache");
        try
        {
            RandomAccess.Write(handle, bytes, position);
        }
        finally
        {
            Release();
        }
    }

    private void CloseWhereUnused()
    {
        if (_users == 0 && _handle is not null && (_isGone || handles.AreMany))
        {
            _handle.Dispose();
            _handle = null;
            handles.Count(-1);
        }
    }
}

/// <summary>Counts open files of the cache, so that they are kept open while they are few and closed after use when they are many.</summary>
internal sealed class OpenFiles
{
    private const int Many = 1024;

    private int _count;

    public bool AreMany => Volatile.Read(ref _count) > Many;

    public void Count(int change) => Interlocked.Add(ref _count, change);
}
