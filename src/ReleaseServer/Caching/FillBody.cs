namespace ReleaseServer.Caching;

/// <summary>
/// Where the bytes of a fill go. A disk that fails half way does not break it: what it would not take is held in memory, until the readers that
/// are there have had it. Safe for concurrent use.
/// </summary>
/// <param name="body">Where the bytes belong.</param>
/// <param name="room">Where memory is set aside.</param>
/// <param name="onDiskFailure">Told of a disk that does not take bytes.</param>
internal sealed class FillBody(CachedBody body, EvictionQueue room, Action<Exception> onDiskFailure)
{
    private readonly Lock _lock = new();
    private readonly SortedList<long, byte[]> _spilled = [];
    private long _reserved;
    private bool _isReleased;

    public CachedBody Body => body;

    /// <summary>Told of bytes that come; null where nobody counts.</summary>
    public FillCounts? Counts { get; init; }

    /// <summary>Whether all bytes are where they belong.</summary>
    public bool IsWhole => Volatile.Read(ref _reserved) == 0;

    /// <exception cref="IOException">Neither the disk nor memory has room, or the fill is over.</exception>
    public void Write(long position, ReadOnlySpan<byte> bytes)
    {
        Counts?.Add(bytes.Length);
        try
        {
            if (IsWhole)
            {
                body.Write(position, bytes);
                return;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException && !IsReleased())
        {
            onDiskFailure(exception);
        }

        if (!room.TryReserve(bytes.Length))
        {
            throw new IOException("The cache's disk failed, and memory has no room for what it did not take");
        }

        lock (_lock)
        {
            if (!_isReleased)
            {
                _reserved += bytes.Length;
                _spilled.Add(position, bytes.ToArray());
                return;
            }
        }

        room.Release(bytes.Length);
        throw new IOException("The fill is over");
    }

    /// <summary>Reads bytes that were written; maybe fewer than fit.</summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public int Read(long position, Span<byte> buffer)
    {
        if (IsWhole)
        {
            return body.Read(position, buffer);
        }

        lock (_lock)
        {
            foreach (var (start, bytes) in _spilled)
            {
                if (position >= start && position < start + bytes.Length)
                {
                    var source = bytes.AsSpan((int)(position - start));
                    source = source[..Math.Min(source.Length, buffer.Length)];
                    source.CopyTo(buffer);
                    return source.Length;
                }

                if (start > position)
                {
                    // On the disk up to there.
                    buffer = buffer[..(int)Math.Min(buffer.Length, start - position)];
                    break;
                }
            }
        }

        return body.Read(position, buffer);
    }

    /// <summary>Gives back the memory that was set aside. The fill is over: a file that is gone from now on says nothing of the disk.</summary>
    public void Release()
    {
        lock (_lock)
        {
            _isReleased = true;
            room.Release(_reserved);
        }
    }

    private bool IsReleased()
    {
        lock (_lock)
        {
            return _isReleased;
        }
    }
}
