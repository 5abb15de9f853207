using ReleaseServer.Buckets;
using ReleaseServer.Site;

namespace ReleaseServer.Releases;

/// <summary>The index of a channel as the bucket has it, and its replacement.</summary>
/// <param name="Json">Null where there is none.</param>
/// <param name="Tab">Null where there is none.</param>
internal sealed record ChannelIndex(ReleaseChannel Channel, StoredDocument? Json, StoredDocument? Tab)
{
    private const int MaxBytes = 64 << 20;

    private static readonly ObjectAttributes JsonType = new("application/json");
    private static readonly ObjectAttributes TabType = new("text/plain");

    /// <exception cref="BucketUnavailableException">The bucket failed.</exception>
    public static Task<ChannelIndex> ReadAsync(IBucket bucket, ReleaseChannel channel, CancellationToken cancellationToken) =>
        ReadAsync(bucket, channel, SiteOverlay.None, cancellationToken);

    /// <summary>As nodes answer it: from the documents that a publication names in the place of the objects.</summary>
    /// <exception cref="BucketUnavailableException">The bucket failed.</exception>
    public static async Task<ChannelIndex> ReadAsync(IBucket bucket, ReleaseChannel channel, SiteOverlay overlay, CancellationToken cancellationToken) => new(
        channel,
        await ReadAsync(bucket, overlay.StoredKeyOf(KeyOf(channel, IndexJson.FileName)), cancellationToken),
        await ReadAsync(bucket, overlay.StoredKeyOf(KeyOf(channel, IndexTab.FileName)), cancellationToken));

    /// <summary>Keys of the documents that a build changes, in the order in which they are to be written.</summary>
    public IReadOnlyList<AssetKey> ChangedBy(IndexBuild build)
    {
        var changed = new List<AssetKey>();
        if (!build.Json.Span.SequenceEqual(Json is { } json ? json.Content.Span : default))
        {
            changed.Add(KeyOf(Channel, IndexJson.FileName));
        }

        if (!build.Tab.Span.SequenceEqual(Tab is { } tab ? tab.Content.Span : default))
        {
            changed.Add(KeyOf(Channel, IndexTab.FileName));
        }

        return changed;
    }

    /// <summary>Writes what a build changes, and only over what was read.</summary>
    /// <param name="build">Without faults.</param>
    /// <returns>False where somebody else has changed a document meanwhile: read, build and write again.</returns>
    /// <exception cref="BucketUnavailableException">The bucket failed; one of the two documents may have been written.</exception>
    public async Task<bool> WriteAsync(IWritableBucket bucket, IndexBuild build, CancellationToken cancellationToken)
    {
        if (!build.IsGood)
        {
            throw new InvalidOperationException("An index with faults is never written");
        }

        foreach (var key in ChangedBy(build))
        {
            var isJson = key == KeyOf(Channel, IndexJson.FileName);
            var (before, content, type) = isJson ? (Json, build.Json, JsonType) : (Tab, build.Tab, TabType);
            var condition = before is null ? WriteCondition.IfAbsent : WriteCondition.IfMatch(before.Tag);
            if (await bucket.WriteAsync(key, content, type, condition, cancellationToken) is null)
            {
                return false;
            }
        }

        return true;
    }

    private static AssetKey KeyOf(ReleaseChannel channel, string name) =>
        AssetKey.TryCreate(channel.KeyOf(name), out var key) ? key : throw new InvalidOperationException($"'{channel.KeyOf(name)}' is no bucket key");

    private static Task<StoredDocument?> ReadAsync(IBucket bucket, AssetKey key, CancellationToken cancellationToken) =>
        StoredDocument.ReadAsync(bucket, key, MaxBytes, "an index", cancellationToken);
}
