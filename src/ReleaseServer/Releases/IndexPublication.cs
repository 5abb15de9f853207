using ReleaseServer.Buckets;
using ReleaseServer.Caching;
using ReleaseServer.Site;

namespace ReleaseServer.Releases;

/// <summary>Puts a new index of a channel in the place of the one that is answered now.</summary>
/// <param name="by">Who and from where.</param>
internal sealed class IndexPublication(IWritableBucket bucket, SitePublisher publisher, TimeProvider clock, string by)
{
    private readonly IndexPins _pins = new(bucket);

    /// <param name="channel">Whose index.</param>
    /// <param name="published">What was published when the index was read.</param>
    /// <param name="index">What was read.</param>
    /// <param name="build">Without faults.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False where somebody else has changed the index meanwhile: read, build and publish again.</returns>
    /// <exception cref="BucketUnavailableException">The bucket failed; run again, what was done is done.</exception>
    /// <exception cref="LeaseHeldException">Another command is at work.</exception>
    public async Task<bool> PublishAsync(
        ReleaseChannel channel, PublishedLinks published, ChannelIndex index, IndexBuild build, CancellationToken cancellationToken)
    {
        var rows = PinsOf(channel, published.Document);
        return await PublisherLease.RunAsync(
            bucket,
            by,
            $"index {channel.Name}",
            clock,
            held => rows.Count == 0 ? index.WriteAsync(bucket, build, held) : RepinAsync(channel, rows, build, held),
            cancellationToken);
    }

    // Nodes answer the documents that the publication names, so they must change with it; the plain objects follow.
    private async Task<bool> RepinAsync(ReleaseChannel channel, List<PinnedDocument> before, IndexBuild build, CancellationToken cancellationToken)
    {
        IReadOnlyList<PinnedDocument> pins = [];
        var keys = before.Select(static pin => new SurrogateKey(SurrogateKey.Key, pin.Key)).ToList();
        var done = await publisher.PublishLinksAsync(
            async current =>
            {
                var document = (await publisher.ReadLinksAsync(current, cancellationToken)).Document;
                if (!PinsOf(channel, document).SequenceEqual(before))
                {
                    return null;
                }

                pins = await _pins.WriteAsync(channel, current.Generation + 1, build.Json, build.Tab, clock.GetUtcNow(), cancellationToken);
                return document with { Documents = [.. document.Documents.Where(row => !before.Contains(row)), .. pins], Promoted = null };
            },
            new PurgeNote(new CachePurge(keys, All: false, IsHard: false), by, "index"),
            cancellationToken);
        if (done is null)
        {
            return false;
        }

        await _pins.WritePlainAsync(pins, cancellationToken);
        return true;
    }

    private static List<PinnedDocument> PinsOf(ReleaseChannel channel, LinksDocument document) =>
        [.. document.Documents.Where(row => row.Key == channel.KeyOf(IndexJson.FileName) || row.Key == channel.KeyOf(IndexTab.FileName))];
}
