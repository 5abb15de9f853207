using ReleaseServer.Buckets;
using ReleaseServer.Listings;
using ReleaseServer.Releases;
using ReleaseServer.Sample;
using ReleaseServer.Site;

namespace ReleaseServer.Commands;

/// <summary>Makes the sample release tree that a first run without settings serves.</summary>
internal static class FirstRun
{
    /// <summary>Fills the default folder where it is absent, links and catalog included; touches no folder that settings name.</summary>
    /// <returns>Whether it made the sample.</returns>
    public static async Task<bool> PrepareAsync(BucketOptions options, SiteData data, string workingDirectory, CancellationToken cancellationToken)
    {
        var isDefault = options.Kind == BucketKind.Folder && options.Path == Path.GetFullPath(new BucketOptions().Path, workingDirectory);
        if (!isDefault || Directory.Exists(options.Path))
        {
            return false;
        }

        // Made beside its place and moved there whole, so that a first run that is cut short, or two at once, leave nothing half made.
        var making = $"{options.Path}.making-{Guid.NewGuid():n}";
        try
        {
            Directory.CreateDirectory(making);
            await MakeAsync(making, data, cancellationToken);
            Directory.Move(making, options.Path);
            return true;
        }
        catch (IOException) when (Directory.Exists(options.Path))
        {
            // Another first run was there before, with the same sample.
            return false;
        }
        finally
        {
            if (Directory.Exists(making))
            {
                Directory.Delete(making, recursive: true);
            }
        }
    }

    private static async Task MakeAsync(string folder, SiteData data, CancellationToken cancellationToken)
    {
        var bucket = BucketFactory.Create(new BucketOptions { Kind = BucketKind.Folder, Path = folder }, TimeProvider.System);
        await SampleTree.WriteAsync(bucket, cancellationToken);
        var inventory = await BucketInventory.ReadAsync(bucket, unlisted: [], progress: null, cancellationToken);
        var plan = LinkPlanner.Plan(data.Releases, inventory);
        var publisher = new SitePublisher(bucket, TimeProvider.System);
        await publisher.PublishLinksAsync(_ => Task.FromResult<LinksDocument?>(new LinksDocument(0, plan.Links)), purge: null, cancellationToken);
        await CatalogWriter.WriteAsync(bucket, (await publisher.ReadLinksAsync(cancellationToken)).Table, new CatalogWriteOptions(), progress: null, cancellationToken);
        await publisher.PublishCatalogAsync(changed: true, purge: null, cancellationToken);
    }
}
