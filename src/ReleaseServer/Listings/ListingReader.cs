using ReleaseServer.Buckets;
using ReleaseServer.Site;

namespace ReleaseServer.Listings;

/// <summary>Reads what a directory shows, objects and links together. Safe for concurrent use.</summary>
internal sealed partial class ListingReader(IBucket bucket, ILogger<ListingReader> logger)
{
    /// <summary>Null where there is no such directory: no document, no key beneath, no link.</summary>
    /// <param name="directory">A resolved key prefix: empty for the root, or ends in a slash.</param>
    /// <param name="links">The links in force.</param>
    /// <param name="overlay">What was published with them.</param>
    /// <param name="catalog">
    /// Whether the catalog may be believed. Without it, and for a directory without a good document, the bucket is listed; of S3 that
    /// gives the dates of the upload.
    /// </param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="BucketUnavailableException">The bucket failed.</exception>
    public async ValueTask<DirectoryListing?> ReadAsync(
        string directory, LinkTable links, SiteOverlay overlay, bool catalog, CancellationToken cancellationToken)
    {
        if (directory.StartsWith(AssetKey.ReservedPrefix, StringComparison.Ordinal) || overlay.IsWithdrawn(directory))
        {
            return null;
        }

        var reads = new AgeOfReads(bucket);
        var document = catalog ? await ReadDocumentAsync(reads, directory, cancellationToken) : null;

        // Of a version on its way in the bucket holds a part: only the document of the whole tells what will be there.
        var isPartial = document is null && overlay.StateOf(directory) == UnlistedState.Staged;
        var objects = document is not null ? DirectoryRows.From(document)
            : isPartial ? null
            : await DirectoryRows.ReadLiveAsync(reads, directory, cancellationToken);
        objects = objects?.With(overlay, directory);
        if (objects is null or { Modified: null, Entries.Count: 0 } && !ExistsByLinks(directory, links))
        {
            return null;
        }

        var rows = new LinkRows(directory, links, objects ?? DirectoryRows.Empty, (target, token) => LookUpAsync(reads, target, links, catalog, token));
        return new DirectoryListing(await rows.MergeAsync(cancellationToken)) { OldestStale = reads.OldestStale };
    }

    private static bool ExistsByLinks(string directory, LinkTable links) =>
        directory.Length == 0 ? links.Links.Count > 0 : links.HasBeneath(directory);

    private async ValueTask<LinkFacts?> LookUpAsync(
        AgeOfReads reads, LinkTarget target, LinkTable links, bool catalog, CancellationToken cancellationToken)
    {
        if (!AssetKey.TryCreate(target.Key, out var key))
        {
            return null;
        }

        if (!target.IsDirectory)
        {
            return await reads.HeadAsync(key, cancellationToken) is { } file ? new LinkFacts(file.Modified, file.Length) : null;
        }

        var directory = target.Key + "/";
        if (catalog && await ReadDocumentAsync(reads, directory, cancellationToken) is { HasObjects: true } document)
        {
            return new LinkFacts(document.Modified, Length: null);
        }

        var objects = await DirectoryRows.ReadLiveAsync(reads, directory, cancellationToken);
        return objects is not null || links.HasBeneath(directory) ? new LinkFacts(objects?.Modified, Length: null) : null;
    }

    private async ValueTask<CatalogDocument?> ReadDocumentAsync(AgeOfReads reads, string directory, CancellationToken cancellationToken)
    {
        if (!CatalogKeys.TryCreate(directory, out var key))
        {
            return null;
        }

        try
        {
            return await CatalogContent.ReadAsync(reads, key, cancellationToken) is { } bytes
                ? CatalogDocument.Parse(bytes, directory)
                : null;
        }
        catch (CatalogFormatException exception)
        {
            LogBadDocument(key.Value, exception.Message);
            return null;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Catalog document {Key} is of no use: {Fault}; listing the bucket")]
    private partial void LogBadDocument(string key, string fault);
}
