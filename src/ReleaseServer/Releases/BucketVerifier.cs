using ReleaseServer.Buckets;
using ReleaseServer.Listings;
using ReleaseServer.Site;

namespace ReleaseServer.Releases;

/// <summary>Looks whether a bucket holds together: files, checksums, catalog, index and links. Writes nothing.</summary>
/// <param name="bucket">Read from; may be paced.</param>
/// <param name="rules">Of the site.</param>
internal sealed class BucketVerifier(IBucket bucket, ReleaseRules rules)
{
    /// <exception cref="BucketUnavailableException">The bucket failed; what was found until then is lost, for it may be part of the failure.</exception>
    public async Task<VerifyReport> RunAsync(VerifyRequest request, IProgress<VerifyProgress>? progress, CancellationToken cancellationToken)
    {
        var report = new VerifyReport();
        var site = await ReadSiteAsync(report, cancellationToken);

        // Only checksums can be looked at in part: all else is about the whole.
        var names = await BucketNames.ReadAsync(
            bucket, request.Areas.Count == 1 && request.Areas.Contains(VerifyArea.Checksums) ? request.Under : "", cancellationToken);
        if (request.Areas.Contains(VerifyArea.Links))
        {
            await VerifyLinksAsync(site, names, report, cancellationToken);
        }

        if (request.Areas.Contains(VerifyArea.Index))
        {
            await VerifyIndexesAsync(site, names, report, cancellationToken);
        }

        if (request.Areas.Contains(VerifyArea.Catalog) && site.HasCatalog)
        {
            await VerifyCatalogAsync(names, site.Links.Table, request, progress, report, cancellationToken);
        }

        if (request.Areas.Contains(VerifyArea.Checksums))
        {
            await new ChecksumVerifier(bucket, names, site.Links.Table, report).RunAsync(request, progress, cancellationToken);
        }

        return report;
    }

    private async Task<(PublishedLinks Links, bool HasCatalog)> ReadSiteAsync(VerifyReport report, CancellationToken cancellationToken)
    {
        try
        {
            var published = new PublishedSite(bucket);
            var generation = (await published.ReadGenerationAsync(cancellationToken))?.Document ?? GenerationDocument.None;
            return (PublishedSite.ParseLinks(generation.Links, await published.ReadLinksAsync(generation, cancellationToken)), generation.HasCatalog);
        }
        catch (SiteDataException exception)
        {
            foreach (var fault in exception.Faults)
            {
                report.Add(VerifyArea.Links, AssetKey.ReservedPrefix + fault.File, fault.ToString());
            }

            return (PublishedLinks.None, false);
        }
    }

    private async Task VerifyLinksAsync((PublishedLinks Links, bool HasCatalog) site, BucketNames names, VerifyReport report, CancellationToken cancellationToken)
    {
        report.Begin(VerifyArea.Links);
        foreach (var link in site.Links.Table.Links)
        {
            report.CountChecked(VerifyArea.Links);
            var isThere = link.IsDirectory ? names.HasDirectory(link.Target + "/") : names.HasFile(link.Target);
            if (!isThere)
            {
                report.Add(VerifyArea.Links, link.Name, $"leads to {link.Target}, which is not in the bucket");
            }
        }

        foreach (var pin in site.Links.Document.Documents)
        {
            if (await bucket.HeadAsync(AssetKey.Own(pin.Name), cancellationToken) is not { } there || there.Length != pin.Length)
            {
                report.Add(VerifyArea.Links, pin.Key, $"is answered from {AssetKey.ReservedPrefix}{pin.Name}, which is not there with {pin.Length:N0} bytes");
            }
        }

        var unlisted = site.Links.Document.Unlisted.Select(static version => version.Directory).ToList();
        var inventory = new BucketInventory();
        foreach (var directory in names.Directories.Where(directory => !unlisted.Exists(hidden => directory.StartsWith(hidden, StringComparison.Ordinal))))
        {
            foreach (var name in names.FilesIn(directory).Keys)
            {
                inventory.Add(directory + name);
            }
        }

        foreach (var change in LinkChange.Between(site.Links.Table, LinkPlanner.Plan(rules, inventory).Links))
        {
            report.Add(VerifyArea.Links, change.Name, $"by the site's rules: {change}");
        }
    }

    private async Task VerifyIndexesAsync((PublishedLinks Links, bool HasCatalog) site, BucketNames names, VerifyReport report, CancellationToken cancellationToken)
    {
        report.Begin(VerifyArea.Index);
        foreach (var channel in rules.Channels.Where(static channel => channel.HasIndex))
        {
            var index = await ChannelIndex.ReadAsync(bucket, channel, site.Links.Overlay, cancellationToken);
            var verifier = new IndexVerifier(channel, site.Links, names, report);
            if (index.Json is { } json)
            {
                verifier.Verify(json.Content, index.Tab?.Content);
            }
            else if (verifier.Versions().Any())
            {
                report.Add(VerifyArea.Index, channel.KeyOf(IndexJson.FileName), "is missing");
            }
        }
    }

    private async Task VerifyCatalogAsync(
        BucketNames names, LinkTable links, VerifyRequest request, IProgress<VerifyProgress>? progress, VerifyReport report, CancellationToken cancellationToken)
    {
        report.Begin(VerifyArea.Catalog);
        var directories = names.Directories.ToList();
        var limits = new ParallelOptions { MaxDegreeOfParallelism = request.Parallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(directories, limits, async (directory, stop) =>
        {
            if (CatalogKeys.TryCreate(directory, out var key))
            {
                await VerifyDocumentAsync(directory, key, names, links, report, stop);
            }

            progress?.Report(new VerifyProgress(VerifyArea.Catalog, report.CountChecked(VerifyArea.Catalog), directories.Count, 0));
        });
    }

    private async Task VerifyDocumentAsync(
        string directory, AssetKey key, BucketNames names, LinkTable links, VerifyReport report, CancellationToken cancellationToken)
    {
        try
        {
            if (await CatalogContent.ReadAsync(bucket, key, cancellationToken) is not { } content)
            {
                report.Add(VerifyArea.Catalog, key.Value, "is missing: run catalog");
                return;
            }

            var document = CatalogDocument.Parse(content, directory);
            var listed = document.Files.ToDictionary(static file => file.Name, static file => file.Size, StringComparer.Ordinal);
            foreach (var (name, size) in names.FilesIn(directory))
            {
                if (!listed.Remove(name, out var known) || known != size)
                {
                    report.Add(VerifyArea.Catalog, directory + name, $"is in the bucket with {size:N0} bytes, and the catalog does not say so: run catalog");
                }
            }

            foreach (var name in listed.Keys)
            {
                report.Add(VerifyArea.Catalog, directory + name, "is in the catalog, and not in the bucket: run catalog");
            }

            var directories = document.Directories.Select(static row => row.Name).ToHashSet(StringComparer.Ordinal);
            foreach (var name in names.DirectoriesIn(directory).Where(name => !directories.Remove(name)))
            {
                report.Add(VerifyArea.Catalog, $"{directory}{name}/", "is in the bucket, and not in the catalog: run catalog");
            }

            foreach (var name in directories.Where(name => !links.HasBeneath($"{directory}{name}/")))
            {
                if (!await IsEmptyDirectoryAsync($"{directory}{name}/", cancellationToken))
                {
                    report.Add(VerifyArea.Catalog, $"{directory}{name}/", "is in the catalog, and not in the bucket: run catalog");
                }
            }
        }
        catch (CatalogFormatException exception)
        {
            report.Add(VerifyArea.Catalog, key.Value, exception.Message);
        }
    }

    // Not every store keeps the object that stands for an empty directory: a replica need not have it.
    private async Task<bool> IsEmptyDirectoryAsync(string directory, CancellationToken cancellationToken) =>
        CatalogKeys.TryCreate(directory, out var key)
        && await CatalogContent.ReadAsync(bucket, key, cancellationToken) is { } content
        && CatalogDocument.Parse(content, directory) is { Files.Count: 0, Directories.Count: 0, Marker: not null };
}
