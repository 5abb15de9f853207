namespace ReleaseServer.Caching;

/// <summary>Counts what is brought from the bucket into the cache. Safe for concurrent use.</summary>
internal sealed class FillCounts
{
    private long _begun;
    private long _completed;
    private long _failed;
    private long _discarded;
    private long _bytes;

    public long Begun => Interlocked.Read(ref _begun);

    /// <summary>Those whose object is kept.</summary>
    public long Completed => Interlocked.Read(ref _completed);

    /// <summary>Those that the bucket or the disk broke off, or whose bytes were wrong.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Those that nobody wants: all readers left, or a newer version came.</summary>
    public long Discarded => Interlocked.Read(ref _discarded);

    /// <summary>Bytes that came, of whatever became of their fill.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    public void Begin() => Interlocked.Increment(ref _begun);

    public void Add(long bytes) => Interlocked.Add(ref _bytes, bytes);

    public void End(bool isKept, Exception? failure) =>
        Interlocked.Increment(ref isKept ? ref _completed : ref failure is null or OperationCanceledException ? ref _discarded : ref _failed);
}
