using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Site;

namespace ReleaseServer.Releases;

/// <summary>Brings a replica in line with its primary in such an order that a reader of the replica never sees a part of a release.</summary>
/// <remarks>
/// Files, checksums, catalog, index, links, and last the generation, as a promotion does. What moves is read first, in the opposite order, so
/// that everything it names is there when files are looked for. Where something was published meanwhile, the run starts again before the
/// generation is written. A run that breaks off is gone on with by the next one.
/// </remarks>
/// <param name="source">The primary; only read.</param>
/// <param name="replica">Another bucket, which nobody else publishes to.</param>
/// <param name="rules">Of the site: which channels have an index.</param>
internal sealed class Replicator(IBucket source, IWritableBucket replica, ReleaseRules rules)
{
    /// <summary>Publications that may come between before somebody should know of it.</summary>
    private const int MaxPasses = 20;

    /// <summary>Own documents that are copied with the site, in this order; leases and journals are of the primary alone.</summary>
    private static readonly string[] Folders = ["facts/", "audit/", PinnedDocument.Folder, "links/", "purges/"];

    private static readonly ObjectAttributes Json = new("application/json");

    private readonly ReplicaObject _objects = new(source, replica);

    /// <exception cref="BucketUnavailableException">A bucket failed, or the replica has other bytes than it was given.</exception>
    /// <exception cref="ReplicaAheadException">The replica has been published to.</exception>
    /// <exception cref="SiteDataException">What is published cannot be read.</exception>
    public async Task<ReplicationReport> RunAsync(ReplicationRequest request, IProgress<ReplicationProgress>? progress, CancellationToken cancellationToken)
    {
        var report = new ReplicationReport();
        for (var pass = 0; pass < MaxPasses; pass++)
        {
            var (here, there) = (await ReadGenerationAsync(source, cancellationToken), await ReadGenerationAsync(replica, cancellationToken));
            RefuseIfAhead(here, there);
            report = report with { Before = pass == 0 ? there?.Document.Generation ?? 0 : report.Before, After = there?.Document.Generation ?? 0 };
            var isSame = here is { } published && there is { } known && published.Content.Span.SequenceEqual(known.Content.Span);
            if (isSame && !request.Full)
            {
                return report with { IsCurrent = pass == 0 };
            }

            // A replica without a generation may have anything: only a full look tells.
            var byCatalog = !request.Full && there is { Document.HasCatalog: true } && here is { Document.HasCatalog: true };
            report = await PassAsync(here, byCatalog, request, report, progress, cancellationToken);
            if (request.DryRun)
            {
                return report;
            }

            if ((await ReadGenerationAsync(source, cancellationToken))?.Tag == here?.Tag)
            {
                return await PublishAsync(here, there, report, cancellationToken);
            }
        }

        throw new BucketUnavailableException($"{source.Description} was published to {MaxPasses} times in a row while it was copied");
    }

    private async Task<ReplicationReport> PassAsync(
        Published? here, bool byCatalog, ReplicationRequest request, ReplicationReport report, IProgress<ReplicationProgress>? progress, CancellationToken cancellationToken)
    {
        var indexes = await ReadIndexesAsync(cancellationToken);
        var difference = new ReplicaDifference(source, replica, request.Parallelism);
        progress?.Report(new ReplicationProgress("Comparing", 0, 0, 0));
        if (here is { Document.HasCatalog: true })
        {
            await difference.FindDocumentsAsync(cancellationToken);
        }

        await (byCatalog ? difference.FindByCatalogAsync(cancellationToken) : difference.FindByListingAsync(cancellationToken));
        var names = difference.Objects.Where(name => !indexes.ContainsKey(name)).Order(StringComparer.Ordinal).ToList();
        if (request.DryRun)
        {
            return report with
            {
                Copied = names.Count,
                Names = [.. names.Take(ReplicationReport.MostNames)],
                Documents = difference.Documents.Count,
                Extra = difference.Extra,
            };
        }

        // Checksums come after what they name.
        report = await CopyAsync([.. names.Where(static name => !IsChecksum(name))], request, report, progress, cancellationToken);
        report = await CopyAsync([.. names.Where(IsChecksum)], request, report, progress, cancellationToken);
        foreach (var level in difference.Documents.GroupBy(static pair => pair.Key.AsSpan().Count('/')).OrderByDescending(static level => level.Key))
        {
            var limits = new ParallelOptions { MaxDegreeOfParallelism = request.Parallelism, CancellationToken = cancellationToken };
            await Parallel.ForEachAsync(
                level, limits, async (pair, stop) => await WriteAsync(AssetKey.Own(pair.Key[AssetKey.ReservedPrefix.Length..]), pair.Value, Json, stop));
        }

        var written = difference.Documents.Count + await WriteIndexesAsync(indexes, cancellationToken);
        foreach (var folder in Folders)
        {
            written += await CopyFolderAsync(folder, cancellationToken);
        }

        return report with { Documents = report.Documents + written, Extra = difference.Extra };
    }

    private async Task<ReplicationReport> CopyAsync(
        IReadOnlyList<string> names, ReplicationRequest request, ReplicationReport report, IProgress<ReplicationProgress>? progress, CancellationToken cancellationToken)
    {
        var (done, copied, bytes) = (0, 0, 0L);
        var limits = new ParallelOptions { MaxDegreeOfParallelism = request.Parallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(names, limits, async (name, stop) =>
        {
            if (AssetKey.TryCreate(name, out var key) && await _objects.CopyAsync(key, stop) is { } length)
            {
                Interlocked.Increment(ref copied);
                Interlocked.Add(ref bytes, length);
            }

            progress?.Report(new ReplicationProgress("Copying", Interlocked.Increment(ref done), names.Count, Interlocked.Read(ref bytes)));
        });
        return report with
        {
            Copied = report.Copied + copied,
            Bytes = report.Bytes + bytes,
            Names = [.. report.Names.Concat(names).Take(ReplicationReport.MostNames)],
        };
    }

    // Plain objects that change at every release: copied as they were before the files were looked at.
    private async Task<Dictionary<string, (byte[] Content, RepresentationMetadata Metadata)>> ReadIndexesAsync(CancellationToken cancellationToken)
    {
        var indexes = new Dictionary<string, (byte[], RepresentationMetadata)>(StringComparer.Ordinal);
        foreach (var channel in rules.Channels.Where(static channel => channel.HasIndex))
        {
            foreach (var name in new[] { channel.KeyOf(IndexJson.FileName), channel.KeyOf(IndexTab.FileName) })
            {
                if (AssetKey.TryCreate(name, out var key)
                    && await source.HeadAsync(key, cancellationToken) is { } metadata
                    && await OwnDocuments.ReadAsync(source, key, cancellationToken) is { } read)
                {
                    indexes.Add(name, (read.Content.ToArray(), metadata));
                }
            }
        }

        return indexes;
    }

    private async Task<int> WriteIndexesAsync(Dictionary<string, (byte[] Content, RepresentationMetadata Metadata)> indexes, CancellationToken cancellationToken)
    {
        var written = 0;
        foreach (var (name, (content, metadata)) in indexes)
        {
            if (AssetKey.TryCreate(name, out var key)
                && (await OwnDocuments.ReadAsync(replica, key, cancellationToken) is not { } there || !there.Content.Span.SequenceEqual(content)))
            {
                await WriteAsync(key, content, new ObjectAttributes(metadata.ContentType, metadata.Modified, ContentEncoding: metadata.ContentEncoding), cancellationToken);
                written++;
            }
        }

        return written;
    }

    // None of them is changed once it is written, but for facts, which are small.
    private async Task<int> CopyFolderAsync(string folder, CancellationToken cancellationToken)
    {
        var prefix = AssetKey.ReservedPrefix + folder;
        var there = await ReplicaDifference.ListAsync(replica, prefix, cancellationToken);
        var written = 0;
        foreach (var (name, entry) in (await ReplicaDifference.ListAsync(source, prefix, cancellationToken)).OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            if ((!there.TryGetValue(name, out var known) || known.Length != entry.Length || folder == "facts/")
                && await ReplicaDifference.ReadAsync(source, name, cancellationToken) is { } content)
            {
                await WriteAsync(AssetKey.Own(name[AssetKey.ReservedPrefix.Length..]), content, Json, cancellationToken);
                written++;
            }
        }

        return written;
    }

    private async Task WriteAsync(AssetKey key, byte[] content, ObjectAttributes attributes, CancellationToken cancellationToken)
    {
        await replica.WriteAsync(key, content, attributes, WriteCondition.None, cancellationToken);
        if (await OwnDocuments.ReadAsync(replica, key, cancellationToken) is not { } written || !written.Content.Span.SequenceEqual(content))
        {
            throw new BucketUnavailableException($"{replica.Description} was given {key} and has something else");
        }
    }

    private async Task<ReplicationReport> PublishAsync(Published? here, Published? there, ReplicationReport report, CancellationToken cancellationToken)
    {
        if (here is null)
        {
            return report;
        }

        var condition = there is null ? WriteCondition.IfAbsent : WriteCondition.IfMatch(there.Tag);
        var isThere = there is not null && there.Content.Span.SequenceEqual(here.Content.Span);
        if (!isThere && await replica.WriteAsync(GenerationDocument.Key, here.Content, Json, condition, cancellationToken) is null)
        {
            throw new BucketUnavailableException($"{replica.Description} was published to by somebody else while it was copied to");
        }

        var deleted = await DeleteAsync(here.Document, cancellationToken);
        return report with { After = here.Document.Generation, Deleted = report.Deleted + deleted };
    }

    // Only now does nothing name them any more: files of versions that were withdrawn, and own documents that the primary has no longer.
    private async Task<int> DeleteAsync(GenerationDocument generation, CancellationToken cancellationToken)
    {
        var links = PublishedSite.ParseLinks(generation.Links, await new PublishedSite(source).ReadLinksAsync(generation, cancellationToken));
        var prefixes = Folders.Where(static folder => folder != "audit/").Append("catalog/").Select(static folder => AssetKey.ReservedPrefix + folder)
            .Concat(links.Document.Unlisted.Where(static version => version.State == UnlistedState.Withdrawn).Select(static version => version.Directory));
        var deleted = 0;
        foreach (var prefix in prefixes)
        {
            var there = await ReplicaDifference.ListAsync(replica, prefix, cancellationToken);
            foreach (var name in (there.Count == 0 ? [] : await ReplicaDifference.ListAsync(source, prefix, cancellationToken)).Keys)
            {
                there.Remove(name);
            }

            foreach (var name in there.Keys)
            {
                if (name.StartsWith(AssetKey.ReservedPrefix, StringComparison.Ordinal)
                    ? AssetKey.TryCreateOwn(name[AssetKey.ReservedPrefix.Length..], out var key)
                    : AssetKey.TryCreate(name, out key))
                {
                    await replica.DeleteAsync(key, cancellationToken);
                    deleted++;
                }
            }
        }

        return deleted;
    }

    private void RefuseIfAhead(Published? here, Published? there)
    {
        if (there is { Document: var copy } && (copy.Generation > (here?.Document.Generation ?? 0) || copy.Purges > (here?.Document.Purges ?? 0)))
        {
            throw new ReplicaAheadException(
                $"{replica.Description} has generation {copy.Generation} and purge {copy.Purges}, and {source.Description} only "
                + $"{here?.Document.Generation ?? 0} and {here?.Document.Purges ?? 0}: has it been made the primary? Nothing was copied");
        }
    }

    private static bool IsChecksum(string name) => name.AsSpan(name.LastIndexOf('/') + 1).StartsWith("SHASUMS", StringComparison.Ordinal);

    private static async Task<Published?> ReadGenerationAsync(IBucket bucket, CancellationToken cancellationToken) =>
        await OwnDocuments.ReadAsync(bucket, GenerationDocument.Key, cancellationToken) is { } read
            ? new Published(GenerationDocument.Read(read.Content), read.Content, read.Tag)
            : null;

    private sealed record Published(GenerationDocument Document, ReadOnlyMemory<byte> Content, EntityTag Tag);
}
