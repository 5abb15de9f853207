using ReleaseServer.Buckets;
using ReleaseServer.Caching;
using ReleaseServer.Listings;
using ReleaseServer.Site;

namespace ReleaseServer.Releases;

/// <summary>What is published is published, and caches downstream could not be told of it.</summary>
internal sealed class CachesNotToldException(string message) : Exception(message);

/// <summary>What promotions, rollbacks and withdrawals work on, and with.</summary>
/// <param name="By">Who and from where, such as <c>deploy@build-3</c>.</param>
internal sealed record ReleaseSite(IWritableBucket Bucket, SiteData Data, SiteOptions Options, string By, TimeProvider Clock)
{
    /// <summary>Longest wait for nodes to have polled.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    /// <summary>Shows how far a step has come; null for nobody.</summary>
    public IProgress<PromotionProgress>? Progress { get; init; }

    /// <summary>Asks nodes to look at the bucket now; true where every node is known to have.</summary>
    public Func<CancellationToken, Task<bool>> KnockAsync { get; init; } = static _ => Task.FromResult(false);

    /// <summary>Tells caches downstream once every node has what is published, by the links that were in force before; <see cref="CachesNotToldException"/> where they could not be told.</summary>
    public Func<CachePurge, LinkTable, CancellationToken, Task> TellCachesAsync { get; init; } = static (_, _, _) => Task.CompletedTask;

    public SitePublisher Publisher { get; } = new(Bucket, Clock);

    public IndexPins Pins { get; } = new(Bucket);

    /// <summary>What is published now.</summary>
    /// <exception cref="SiteDataException">It cannot be read.</exception>
    /// <exception cref="BucketUnavailableException">The bucket failed.</exception>
    public async Task<(GenerationDocument Generation, PublishedLinks Links)> ReadAsync(CancellationToken cancellationToken)
    {
        var generation = await Publisher.ReadGenerationAsync(cancellationToken);
        return (generation, await Publisher.ReadLinksAsync(generation, cancellationToken));
    }

    /// <summary>Waits until every node has seen what was published at a time.</summary>
    public async Task SettleAsync(DateTimeOffset published, CancellationToken cancellationToken)
    {
        if (await KnockAsync(cancellationToken))
        {
            return;
        }

        // A poll comes after at most 1.1 times the interval, and takes a moment itself.
        var poll = Options.PollInterval * 1.5;
        var left = published + (poll < LongestWait ? poll : LongestWait) - Clock.GetUtcNow();
        if (left > TimeSpan.Zero)
        {
            await Task.Delay(left, Clock, cancellationToken);
        }
    }

    /// <summary>The links that the bucket should have.</summary>
    /// <param name="unlisted">Versions' directories that count as not there.</param>
    /// <param name="more">Keys that will be there.</param>
    /// <exception cref="BucketUnavailableException">The bucket failed.</exception>
    public async Task<IReadOnlyList<Link>> PlanLinksAsync(
        IEnumerable<string> unlisted, IEnumerable<string> more, CancellationToken cancellationToken)
    {
        var inventory = await BucketInventory.ReadAsync(Bucket, [.. unlisted], progress: null, cancellationToken);
        foreach (var key in more)
        {
            inventory.Add(key);
        }

        return LinkPlanner.Plan(Data.Releases, inventory).Links;
    }

    /// <summary>Brings the catalog in line with a change of one version, where there is a catalog.</summary>
    /// <param name="links">Those that will be in force.</param>
    /// <param name="moved">Names of those that are new, moved or gone.</param>
    /// <param name="known">Metadata by key.</param>
    /// <param name="hides">Whether the version is to be in no document.</param>
    /// <returns>Directories whose documents have changed.</returns>
    /// <exception cref="BucketUnavailableException">The bucket failed.</exception>
    public async Task<IReadOnlyList<string>> CatalogAsync(
        GenerationDocument generation,
        string directory,
        IReadOnlyList<Link> links,
        IReadOnlyList<string> moved,
        IReadOnlyDictionary<string, RepresentationMetadata> known,
        bool hides,
        CancellationToken cancellationToken)
    {
        if (!generation.HasCatalog)
        {
            return [];
        }

        var table = Flatten(links);
        var update = new CatalogUpdate(Bucket, table);
        await update.SetTreeAsync(directory, known, hides, cancellationToken);
        await update.SetLinksAsync(moved, cancellationToken);
        return update.IsIncomplete
            ? (await CatalogWriter.WriteAsync(Bucket, table, new CatalogWriteOptions(), progress: null, cancellationToken)).Changed
            : await update.WriteAsync(cancellationToken);
    }

    /// <summary>Names of links that differ.</summary>
    public static IReadOnlyList<string> Moved(LinkTable before, IReadOnlyList<Link> after) =>
        [.. LinkChange.Between(before, after).Select(static change => change.Name)];

    /// <summary>What nodes purge where documents of the catalog and objects have changed.</summary>
    public static CachePurge NodePurge(IReadOnlyList<string> cataloged, IEnumerable<SurrogateKey> more, bool isHard) => new(
        [.. (CatalogPurge.Of(cataloged)?.Tags ?? []).Concat(more).Distinct()], All: false, isHard);

    /// <summary>What caches downstream purge: they keep answers by address, so also what lies behind a link that has moved, and listings.</summary>
    public static CachePurge DownstreamPurge(
        IReadOnlyList<string> cataloged, IReadOnlyList<string> moved, IEnumerable<PinnedDocument> pins, IEnumerable<SurrogateKey> more, bool isHard) => new(
        [
            .. cataloged.Where(static directory => directory.Length > 0).Select(static directory => new SurrogateKey(SurrogateKey.Key, directory))
                .Concat(moved.Select(static name => new SurrogateKey(SurrogateKey.Link, name)))
                .Concat(pins.Select(static pin => new SurrogateKey(SurrogateKey.Key, pin.Key)))
                .Concat(more)
                .Distinct(),
        ],
        All: false,
        isHard);

    private static LinkTable Flatten(IReadOnlyList<Link> links)
    {
        var faults = new List<SiteFault>();
        var table = LinkFlattener.Flatten("the new links", links, faults);
        return faults.Count == 0 ? table : throw new SiteDataException(faults);
    }
}
