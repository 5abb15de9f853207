using System.Security.Cryptography;
using ReleaseServer.Buckets;
using ReleaseServer.Site;

namespace ReleaseServer.Releases;

/// <summary>The index of a channel as nodes answer it: documents that the publication names in the place of two plain objects.</summary>
/// <remarks>
/// The plain objects are written after each publication, for those who read the bucket itself. Nodes go by the documents, so index and links
/// change in one moment, whatever breaks off in between.
/// </remarks>
internal sealed class IndexPins(IWritableBucket bucket)
{
    private static readonly string[] Names = [IndexJson.FileName, IndexTab.FileName];

    /// <summary>Media types are the site's; a store that is read by itself has these.</summary>
    private static readonly Dictionary<string, string> Types = new(StringComparer.Ordinal)
    {
        [IndexJson.FileName] = "application/json",
        [IndexTab.FileName] = "text/plain",
    };

    /// <summary>The bytes of the index that is answered now; null where there is none.</summary>
    /// <exception cref="BucketUnavailableException">The bucket failed.</exception>
    public async Task<(ReadOnlyMemory<byte>? Json, ReadOnlyMemory<byte>? Tab)> ReadAsync(
        ReleaseChannel channel, SiteOverlay overlay, CancellationToken cancellationToken) =>
        (await ReadAsync(channel, IndexJson.FileName, overlay, cancellationToken), await ReadAsync(channel, IndexTab.FileName, overlay, cancellationToken));

    /// <summary>Writes documents of a channel's index, to be named by a publication.</summary>
    /// <param name="generation">At least that of the publication that will name them: what is older than the history is cleared away by it.</param>
    /// <param name="modified">Their date.</param>
    /// <exception cref="BucketUnavailableException">The bucket failed, or has something else than it was given.</exception>
    public async Task<IReadOnlyList<PinnedDocument>> WriteAsync(
        ReleaseChannel channel,
        long generation,
        ReadOnlyMemory<byte> json,
        ReadOnlyMemory<byte> tab,
        DateTimeOffset modified,
        CancellationToken cancellationToken) =>
    [
        await WriteAsync(channel.KeyOf(IndexJson.FileName), generation, json, modified, cancellationToken),
        await WriteAsync(channel.KeyOf(IndexTab.FileName), generation, tab, modified, cancellationToken),
    ];

    /// <summary>Writes documents of the plain objects of a channel's index, so that history knows what was there before the first publication.</summary>
    /// <returns>Empty where the channel has no index, or documents already.</returns>
    public async Task<IReadOnlyList<PinnedDocument>> AdoptAsync(
        ReleaseChannel channel, LinksDocument published, long generation, CancellationToken cancellationToken)
    {
        var pins = new List<PinnedDocument>();
        foreach (var name in channel.HasIndex ? Names : [])
        {
            var key = KeyOf(channel.KeyOf(name));
            if (published.Documents.All(pin => pin.Key != key.Value)
                && await bucket.HeadAsync(key, cancellationToken) is { } plain
                && await OwnDocuments.ReadAsync(bucket, key, cancellationToken) is { } read)
            {
                pins.Add(await WriteAsync(key.Value, generation, read.Content, plain.Modified, cancellationToken));
            }
        }

        return pins;
    }

    /// <summary>Copies documents under the name of a later generation.</summary>
    public async Task<IReadOnlyList<PinnedDocument>> RenewAsync(
        IEnumerable<PinnedDocument> pins, long generation, CancellationToken cancellationToken)
    {
        var renewed = new List<PinnedDocument>();
        foreach (var pin in pins)
        {
            var read = await OwnDocuments.ReadAsync(bucket, AssetKey.Own(pin.Name), cancellationToken)
                ?? throw new BucketUnavailableException($"{AssetKey.ReservedPrefix}{pin.Name} is no longer in {bucket.Description}");
            renewed.Add(await WriteAsync(pin.Key, generation, read.Content, pin.Modified, cancellationToken));
        }

        return renewed;
    }

    /// <summary>Writes the plain objects that documents stand for, where they differ.</summary>
    /// <exception cref="BucketUnavailableException">The bucket failed.</exception>
    public async Task WritePlainAsync(IEnumerable<PinnedDocument> pins, CancellationToken cancellationToken)
    {
        foreach (var pin in pins)
        {
            var key = KeyOf(pin.Key);
            var wanted = await OwnDocuments.ReadAsync(bucket, AssetKey.Own(pin.Name), cancellationToken);
            var plain = await OwnDocuments.ReadAsync(bucket, key, cancellationToken);
            if (wanted is { } content && (plain is not { } there || !there.Content.Span.SequenceEqual(content.Content.Span)))
            {
                await bucket.WriteAsync(key, content.Content, Attributes(pin.Key, content.Content.Span, pin.Modified), WriteCondition.None, cancellationToken);
            }
        }
    }

    private static ObjectAttributes Attributes(string key, ReadOnlySpan<byte> content, DateTimeOffset modified) => new(
        Types.GetValueOrDefault(key[(key.LastIndexOf('/') + 1)..]), modified, Convert.ToHexStringLower(SHA256.HashData(content)));

    private static AssetKey KeyOf(string text) =>
        AssetKey.TryCreate(text, out var key) ? key : throw new InvalidOperationException($"'{text}' is no bucket key");

    private async Task<ReadOnlyMemory<byte>?> ReadAsync(ReleaseChannel channel, string name, SiteOverlay overlay, CancellationToken cancellationToken) =>
        (await OwnDocuments.ReadAsync(bucket, overlay.StoredKeyOf(KeyOf(channel.KeyOf(name))), cancellationToken))?.Content;

    private async Task<PinnedDocument> WriteAsync(
        string key, long generation, ReadOnlyMemory<byte> content, DateTimeOffset modified, CancellationToken cancellationToken)
    {
        // Whole seconds, as the row that names it has them.
        var date = DateTimeOffset.FromUnixTimeSeconds(modified.ToUnixTimeSeconds());
        var digest = Convert.ToHexStringLower(SHA256.HashData(content.Span))[..12];
        var name = $"{PinnedDocument.Folder}{generation}-{digest}/{key}";
        var stored = AssetKey.Own(name);
        await bucket.WriteAsync(stored, content, Attributes(key, content.Span, date), WriteCondition.None, cancellationToken);
        return await OwnDocuments.ReadAsync(bucket, stored, cancellationToken) is { } written && written.Content.Span.SequenceEqual(content.Span)
            ? new PinnedDocument(key, name, content.Length, date)
            : throw new BucketUnavailableException($"{bucket.Description} was given {stored} and has something else");
    }
}
