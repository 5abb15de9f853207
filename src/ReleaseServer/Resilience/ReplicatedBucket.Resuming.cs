using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Resilience;

// Bodies that break.
internal sealed partial class ReplicatedBucket
{
    /// <summary>
    /// Opens the rest of a body that broke: from the bucket it came from, then from any that provably holds the same bytes, then from who is no bucket.
    /// </summary>
    /// <param name="home">The bucket that <paramref name="metadata"/> is of.</param>
    /// <param name="last">The bucket whose body broke.</param>
    /// <param name="broken">Thrown where nobody can go on.</param>
    /// <returns>The rest, and the bucket it comes from; null where it is from no bucket.</returns>
    /// <exception cref="BucketUnavailableException">Nobody can, or the object was replaced meanwhile.</exception>
    public async ValueTask<(Representation Opened, BucketLane? Lane)> ResumeAsync(
        AssetKey key,
        RepresentationMetadata metadata,
        ByteRange rest,
        BucketLane home,
        BucketLane last,
        BucketUnavailableException broken,
        CancellationToken cancellationToken)
    {
        if (await TryResumeAsync(key, metadata, rest, home, last, cancellationToken) is { } same)
        {
            return (same, last);
        }

        foreach (var lane in _lanes)
        {
            if (lane != last && await TryResumeAsync(key, metadata, rest, home, lane, cancellationToken) is { } other)
            {
                return (other, lane);
            }
        }

        if (Rest is not null && await Rest.OpenAsync(key, metadata, rest, isChecked: false, cancellationToken) is { } elsewhere)
        {
            return (new Representation(metadata, elsewhere), null);
        }

        throw new BucketUnavailableException(broken.Message, broken) { Fault = broken.Fault };
    }

    private static async ValueTask<Representation?> TryResumeAsync(
        AssetKey key, RepresentationMetadata metadata, ByteRange rest, BucketLane home, BucketLane lane, CancellationToken cancellationToken)
    {
        if (!lane.Health.Breaker.IsClosed || !lane.Health.Budget.TryRetry())
        {
            return null;
        }

        try
        {
            // Elsewhere the same bytes may go by another tag.
            EntityTag? expected = lane == home ? metadata.EntityTag : null;
            var opened = await lane.Reads.ResumeAsync(key, rest, expected, cancellationToken);
            if (opened is not null && (lane == home ? opened.Metadata.Length == metadata.Length : SameBytes.AreProven(metadata, opened.Metadata)))
            {
                return opened;
            }

            if (opened is not null)
            {
                await opened.DisposeAsync();
            }

            return lane == home ? throw new RepresentationChangedException(key) : null;
        }
        catch (RepresentationChangedException changed) when (lane == home)
        {
            throw new BucketUnavailableException(changed.Message, changed);
        }
        catch (BucketUnavailableException)
        {
            return null;
        }
    }

    private Representation Resuming(BucketLane lane, AssetKey key, ByteRange? range, Representation opened)
    {
        var (first, length) = range is { } asked ? (asked.First, asked.Length) : (0, opened.Metadata.Length);
        return _resumes && length > 0
            ? new Representation(opened.Metadata, new ResumingStream(this, lane, key, opened, first, length, _mostBreaks))
            : opened;
    }
}
