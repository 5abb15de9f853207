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
    public async Task<LinkTable> ReadLinksAsync(CancellationToken cancellationToken) =>
        await ReadLinksAsync((await _published.ReadGenerationAsync(cancellationToken))?.Document ?? GenerationDocument.None, cancellationToken);

    /// <summary>The links of a generation, flattened.</summary>
    /// <exception cref="SiteDataException">They cannot be read.</exception>
    public async Task<LinkTable> ReadLinksAsync(GenerationDocument generation, CancellationToken cancellationToken) =>
        PublishedSite.ParseLinks(generation.Links, await _published.ReadLinksAsync(generation, cancellationToken));

    /// <summary>Plans links, writes them as a document of their own, then moves the generation to it in one conditional write.</summary>
    /// <param name="plan">
    /// Works the links out anew from the generation that is published; null for nothing to publish. Called again where another publisher was
    /// faster: a plan made before theirs may not know of a version that they have linked.
    /// </param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The new generation; null where the plan had nothing to publish.</returns>
    public Task<GenerationDocument?> PublishLinksAsync(Func<GenerationDocument, Task<IReadOnlyList<Link>?>> plan, CancellationToken cancellationToken) =>
        PublishAsync(
            async current =>
            {
                if (await plan(current) is not { } links)
                {
                    return null;
                }

                var next = Next(current);
                var content = LinksDocument.Write(next.Generation, links);
                var name = LinksDocument.NameOf(next.Generation, content);
                await bucket.WriteAsync(AssetKey.Own(name), content, Json, WriteCondition.None, cancellationToken);
                return next with { Links = name };
            },
            cancellationToken);

    /// <summary>Says that directories are listed from the catalog, and that it has changed.</summary>
    /// <param name="changed">False when no document was touched: then nothing is published unless no generation names the catalog yet.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The new generation; null where nothing was published.</returns>
    public Task<GenerationDocument?> PublishCatalogAsync(bool changed, CancellationToken cancellationToken) =>
        PublishAsync(
            current => Task.FromResult(changed || !current.HasCatalog ? Next(current) with { HasCatalog = true } : null),
            cancellationToken);

    private async Task<GenerationDocument?> PublishAsync(Func<GenerationDocument, Task<GenerationDocument?>> change, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxTries; attempt++)
        {
            var read = await _published.ReadGenerationAsync(cancellationToken);
            if (await change(read?.Document ?? GenerationDocument.None) is not { } next)
            {
                return null;
            }

            var condition = read is { } found ? WriteCondition.IfMatch(found.Tag) : WriteCondition.IfAbsent;
            if (await bucket.WriteAsync(GenerationDocument.Key, next.Write(), Json, condition, cancellationToken) is not null)
            {
                return next;
            }
        }

        throw new BucketUnavailableException($"{GenerationDocument.Key} was changed by others {MaxTries} times in a row; run the command again when they are done");
    }

    private GenerationDocument Next(GenerationDocument current) => current with { Generation = current.Generation + 1, Published = clock.GetUtcNow() };
}
