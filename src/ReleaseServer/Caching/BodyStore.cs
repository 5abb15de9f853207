namespace ReleaseServer.Caching;

/// <summary>Decides where a body is kept, and holds room for it while it comes. Safe for concurrent use.</summary>
/// <param name="disk">Null where there is none.</param>
internal sealed class BodyStore(EvictionQueue memory, DiskTier? disk)
{
    /// <summary>
    /// Larger bodies go to the disk, whose pages the system keeps in memory and sends without a copy: at 280 KB that costs a quarter less, and in
    /// memory they would push out many small ones.
    /// </summary>
    private const long MostInMemory = 64 * 1024;

    /// <summary>No single object takes more than this part of a tier.</summary>
    private const int LargestPart = 8;

    /// <summary>Whether there is a place for a body of this length at the moment.</summary>
    public bool HasRoomFor(long length) =>
        (length <= memory.Capacity / LargestPart && memory.CanReserve(length))
        || (disk is { IsUsable: true } && length <= disk.Queue.Capacity / LargestPart && disk.Queue.CanReserve(length));

    /// <summary>Makes a place for a body, with room set aside until <see cref="EndReservation"/>; null where there is none.</summary>
    public CachedBody? TryMake(long length)
    {
        var isSmall = length <= Math.Min(MostInMemory, memory.Capacity / LargestPart);
        if (!isSmall && disk is not null && length <= disk.Queue.Capacity / LargestPart && disk.TryCreate(length) is { } file)
        {
            return file;
        }

        return length <= memory.Capacity / LargestPart && memory.TryReserve(length)
            ? new MemoryBody(GC.AllocateUninitializedArray<byte>((int)length))
            : null;
    }

    /// <summary>Gives back the room that was set aside; the body takes its own as a resident.</summary>
    public void EndReservation(CachedBody body) => QueueOf(body).Release(body.Length);

    /// <summary>Where an object takes room.</summary>
    public EvictionQueue QueueOf(CachedBody? body) => body is DiskBody ? disk!.Queue : memory;

    /// <summary>Notes that the disk did not do what it should.</summary>
    public void OnDiskFailure(Exception exception) => disk?.Fail(exception);
}
