using ReleaseServer.Buckets;

namespace ReleaseServer.Resilience;

/// <summary>How far a bucket is: the numbers in its <c>.release-server/generation.json</c>.</summary>
/// <param name="Generation">Of the site.</param>
/// <param name="Purges">Of the newest purge.</param>
internal sealed record Publication(long Generation, long Purges)
{
    /// <summary>Whether anything that <paramref name="other"/> has is missing here.</summary>
    public bool IsBehind(Publication other) => Generation < other.Generation || Purges < other.Purges;

    public override string ToString() => $"generation {Generation}, purge {Purges}";
}

/// <summary>Reads how far a bucket is; null where nothing was ever published there.</summary>
/// <exception cref="BucketUnavailableException">It cannot be told.</exception>
internal delegate ValueTask<Publication?> ReadPublication(IBucket bucket, CancellationToken cancellationToken);

/// <summary>The newest publication that this node knows of, from whichever bucket. Safe for concurrent use.</summary>
internal sealed class NewestPublication
{
    private readonly Lock _lock = new();
    private Publication? _known;
    private Publication? _lower;
    private volatile bool _hasPrimary;

    /// <summary>Whether the primary has ever said how far it is.</summary>
    public bool HasPrimary => _hasPrimary;

    /// <summary>Null while none is known.</summary>
    public Publication? Known
    {
        get
        {
            lock (_lock)
            {
                return _known;
            }
        }
    }

    /// <summary>Notes one that was read from any bucket, or was in force when this node stopped.</summary>
    public void Raise(Publication publication)
    {
        lock (_lock)
        {
            if (_known is not { } known || !publication.IsBehind(known))
            {
                _known = publication;
            }
        }
    }

    /// <summary>Notes one that was read from the primary. It decides, also where it goes back, as a bucket that was restored does.</summary>
    /// <remarks>Believed when it is seen twice: the first time, a newer one may have been published since it was read.</remarks>
    public void Follow(Publication publication)
    {
        lock (_lock)
        {
            _hasPrimary = true;
            var isLower = _known is { } known && publication.IsBehind(known);
            if (!isLower || _lower == publication)
            {
                (_known, _lower) = (publication, null);
            }
            else
            {
                _lower = publication;
            }
        }
    }

    /// <summary>Whether a bucket that is as far as this lacks what is known; so it does where it is not known how far it is.</summary>
    public bool IsAheadOf(Publication? publication)
    {
        lock (_lock)
        {
            return publication is null || (_known is { } known && publication.IsBehind(known));
        }
    }
}
