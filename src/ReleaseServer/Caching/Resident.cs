namespace ReleaseServer.Caching;

/// <summary>Something that takes room in an <see cref="EvictionQueue"/>, until it is evicted or removed.</summary>
internal abstract class Resident
{
    internal const byte MostUses = 3;

    private byte _uses;

    /// <summary>What it is known by after it was evicted, so that coming back soon counts for it.</summary>
    public abstract string Id { get; }

    /// <summary>Bytes that it takes, what it takes beside its content included. Does not change.</summary>
    public abstract long Cost { get; }

    /// <summary>Its place in a queue; null where it is in none. For the queue alone.</summary>
    internal LinkedListNode<Resident>? Node { get; set; }

    internal byte Uses
    {
        get => _uses;
        set => _uses = value;
    }

    /// <summary>Notes a use. Called on each hit, by many threads at once: a lost count does no harm, a lock would.</summary>
    public void Touch()
    {
        var uses = _uses;
        if (uses < MostUses)
        {
            _uses = (byte)(uses + 1);
        }
    }

    /// <summary>Its room was needed. Called without locks held; it must leave every table that leads to it.</summary>
    protected internal abstract void OnEvicted();
}
