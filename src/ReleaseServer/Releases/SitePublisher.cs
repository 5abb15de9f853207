using ReleaseServer.Buckets;
using ReleaseServer.Site;

namespace ReleaseServer.Releases;

/// <summary>Publishes a new generation, so that every node moves to it by its next poll.</summary>
internal sealed class SitePublisher(IWritableBucket bucket, TimeProvider clock)
{
    private const int MaxTries = 5;
    private static readonly ObjectAttributes Json = new("application/json");
    private readonly PublishedSite _published = new(bucket);

    /// <summary>The links as they are published now, flattened.</summary>
    /// <exception cref="SiteDataException">What is published cannot be read.</exception>
    public async Task<LinkTable> ReadLinksAsync(CancellationToken cancellationToken)
    {
        var generation = (await _published.ReadGenerationAsync(cancellationToken))?.Document ?? GenerationDocument.None;
        return PublishedSite.ParseLinks(generation.Links ?? "", await _published.ReadLinksAsync(generation, cancellationToken));
    }

    /// <summary>Writes the links as a document of their own, then moves the generation to it in one conditional write.</summary>
    public Task<GenerationDocument> PublishLinksAsync(IReadOnlyList<Link> links, CancellationToken cancellationToken) =>
        PublishAsync(
            async next =>
            {
                var content = LinksDocument.Write(next.Generation, links);
                var name = LinksDocument.NameOf(next.Generation, content);
                await bucket.WriteAsync(AssetKey.Own(name), content, Json, WriteCondition.None, cancellationToken);
                return next with { Links = name };
            },
            cancellationToken);

    /// <summary>Says that directories are listed from the catalog, and that it has changed.</summary>
    /// <param name="changed">False when no document was touched: then nothing is published unless no generation names the catalog yet.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<GenerationDocument> PublishCatalogAsync(bool changed, CancellationToken cancellationToken)
    {
        var current = (await _published.ReadGenerationAsync(cancellationToken))?.Document;
        return !changed && current is { HasCatalog: true }
            ? current
            : await PublishAsync(static next => Task.FromResult(next with { HasCatalog = true }), cancellationToken);
    }

    private async Task<GenerationDocument> PublishAsync(Func<GenerationDocument, Task<GenerationDocument>> change, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxTries; attempt++)
        {
            var read = await _published.ReadGenerationAsync(cancellationToken);
            var current = read?.Document ?? GenerationDocument.None;
            var next = await change(current with { Generation = current.Generation + 1, Published = clock.GetUtcNow() });
            var condition = read is { } found ? WriteCondition.IfMatch(found.Tag) : WriteCondition.IfAbsent;
            if (await bucket.WriteAsync(GenerationDocument.Key, next.Write(), Json, condition, cancellationToken) is not null)
            {
                return next;
            }
        }

        throw new BucketUnavailableException($"{GenerationDocument.Key} was changed by others {MaxTries} times in a row; run the command again when they are done");
    }
}
