using ReleaseServer.Buckets;
using ReleaseServer.Site;

namespace ReleaseServer.Releases;

/// <summary>Publishes a new generation or a purge, so that every node moves to it by its next poll.</summary>
internal sealed class SitePublisher(IWritableBucket bucket, TimeProvider clock)
{
    private const int MaxTries = 5;

    /// <summary>A purge hangs on nothing that others publish, so trying again costs two requests and not a new plan.</summary>
    private const int MaxPurgeTries = 50;

    /// <summary>An entry of a number so far back may have been written where an old one had just been deleted, so that no node would read it.</summary>
    private const int TooFarBack = PurgeLog.MaxEntries / 2;

    private static readonly ObjectAttributes Json = new("application/json");
    private readonly PublishedSite _published = new(bucket);
    private readonly PurgeLogWriter _purges = new(bucket, clock);

    /// <summary>The links as they are published now, flattened.</summary>
    /// <exception cref="SiteDataException">What is published cannot be read.</exception>
    public async Task<PublishedLinks> ReadLinksAsync(CancellationToken cancellationToken) =>
        await ReadLinksAsync(await ReadGenerationAsync(cancellationToken), cancellationToken);

    /// <summary>What is published now; <see cref="GenerationDocument.None"/> where nothing ever was.</summary>
    /// <exception cref="SiteDataException">It cannot be read.</exception>
    public async Task<GenerationDocument> ReadGenerationAsync(CancellationToken cancellationToken) =>
        (await _published.ReadGenerationAsync(cancellationToken))?.Document ?? GenerationDocument.None;

    /// <summary>The links of a generation, flattened.</summary>
    /// <exception cref="SiteDataException">They cannot be read.</exception>
    public async Task<PublishedLinks> ReadLinksAsync(GenerationDocument generation, CancellationToken cancellationToken) =>
        PublishedSite.ParseLinks(generation.Links, await _published.ReadLinksAsync(generation, cancellationToken));

    /// <summary>Plans what is to be published, writes it as a document of its own, then moves the generation to it in one conditional write.</summary>
    /// <remarks>
    /// Links alone need no purge: caches hold objects by their own keys, and a link that moves only leads to other ones. What holds answers by
    /// their paths, as a CDN does, is told by <c>purge --tag link:NAME</c>.
    /// </remarks>
    /// <param name="plan">
    /// Works the document out anew from the generation that is published; null for nothing to publish. Called again where another publisher was
    /// faster: a plan made before theirs may not know of a version that they have linked. Its generation and what it replaces are filled in here.
    /// </param>
    /// <param name="purge">What nodes purge in the same moment; null for nothing.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The new generation; null where the plan had nothing to publish.</returns>
    public Task<GenerationDocument?> PublishLinksAsync(Func<GenerationDocument, Task<LinksDocument?>> plan, PurgeNote? purge, CancellationToken cancellationToken) =>
        PublishAsync(
            async current =>
            {
                if (await plan(current) is not { } planned)
                {
                    return null;
                }

                var next = Next(current);
                var content = (planned with { Generation = next.Generation, Replaces = current.Links }).Write();
                next = next with { Links = LinksDocument.NameOf(next.Generation, content) };
                await bucket.WriteAsync(AssetKey.Own(next.Links), content, Json, WriteCondition.None, cancellationToken);

                // Read back as every node will: what they would refuse, or the bucket does not give, is never named.
                var written = await _published.ReadLinksAsync(next, cancellationToken);
                return written.Span.SequenceEqual(content) && PublishedSite.ParseLinks(next.Links, written).Document.Generation == next.Generation
                    ? next
                    : throw new BucketUnavailableException($"{bucket.Description} was given {next.Links} and has something else");
            },
            purge,
            MaxTries,
            cancellationToken);

    /// <summary>Says that directories are listed from the catalog, and that it has changed.</summary>
    /// <param name="changed">False when no document was touched: then nothing is published unless no generation names the catalog yet.</param>
    /// <param name="purge">Names the documents that were touched; null for none.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The new generation; null where nothing was published.</returns>
    public Task<GenerationDocument?> PublishCatalogAsync(bool changed, PurgeNote? purge, CancellationToken cancellationToken) =>
        PublishAsync(
            current => Task.FromResult(changed || !current.HasCatalog ? Next(current) with { HasCatalog = true } : null),
            purge,
            MaxTries,
            cancellationToken);

    /// <summary>Has every node purge something; links and catalog stay as they are, and so does the generation's number.</summary>
    /// <param name="purge">At most <see cref="PurgeLog.MaxTags"/> tags.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The generation with a number of purges that is at least that of this one.</returns>
    public async Task<GenerationDocument> PublishPurgeAsync(PurgeNote purge, CancellationToken cancellationToken) =>
        (await PublishAsync(
            current => Task.FromResult<GenerationDocument?>(current == GenerationDocument.None ? current with { Published = clock.GetUtcNow() } : current),
            purge,
            MaxPurgeTries,
            cancellationToken))!;

    private async Task<GenerationDocument?> PublishAsync(
        Func<GenerationDocument, Task<GenerationDocument?>> change, PurgeNote? purge, int maxTries, CancellationToken cancellationToken)
    {
        long number = 0;
        for (var attempt = 0; attempt < maxTries; attempt++)
        {
            var read = await _published.ReadGenerationAsync(cancellationToken);
            var current = read?.Document ?? GenerationDocument.None;
            if (await change(current) is not { } next)
            {
                return null;
            }

            if (purge is not null)
            {
                number = number == 0 || current.Purges - number >= TooFarBack ? await _purges.WriteAsync(current.Purges, purge, cancellationToken) : number;
                next = next with { Purges = Math.Max(current.Purges, number) };
            }

            // Another writer may have found the entry, and made it count with its own.
            var isDone = read is not null && next == current;
            var condition = read is { } found ? WriteCondition.IfMatch(found.Tag) : WriteCondition.IfAbsent;
            if (isDone || await bucket.WriteAsync(GenerationDocument.Key, next.Write(), Json, condition, cancellationToken) is not null)
            {
                await _purges.PruneAsync(purge is null ? 0 : next.Purges, cancellationToken);
                return next;
            }
        }

        throw new BucketUnavailableException($"{GenerationDocument.Key} was changed by others {maxTries} times in a row; run the command again when they are done");
    }

    private GenerationDocument Next(GenerationDocument current) => current with { Generation = current.Generation + 1, Published = clock.GetUtcNow() };
}
