using ReleaseServer.Releases;
using ReleaseServer.Site;

namespace ReleaseServer.Testing.Buckets;

/// <summary>Publishing for tests that have their links at hand.</summary>
internal static class SitePublisherExtensions
{
    public static async Task<GenerationDocument> PublishLinksAsync(
        this SitePublisher publisher, IReadOnlyList<Link> links, CancellationToken cancellationToken) =>
        (await publisher.PublishLinksAsync(_ => Task.FromResult<LinksDocument?>(new LinksDocument(0, links)), purge: null, cancellationToken))!;

    public static Task<GenerationDocument?> PublishCatalogAsync(
        this SitePublisher publisher, bool changed, CancellationToken cancellationToken) =>
        publisher.PublishCatalogAsync(changed, purge: null, cancellationToken);
}
