using System.Security.Cryptography;
using ReleaseServer.Buckets;
using ReleaseServer.Caching;

namespace ReleaseServer.Releases;

/// <summary>Holds the files that a node keeps on its disk against the node's own record, and against the bucket. Changes nothing; the node may run.</summary>
/// <param name="directory">Of the cache.</param>
/// <param name="bucket">That the node reads; may be paced.</param>
/// <param name="rules">Tell what never changes.</param>
internal sealed class CacheVerifier(string directory, IBucket bucket, ICacheRules rules)
{
    /// <exception cref="BucketUnavailableException">The bucket failed.</exception>
    /// <exception cref="IOException">The disk failed.</exception>
    public async Task<VerifyReport> RunAsync(VerifyRequest request, IProgress<VerifyProgress>? progress, CancellationToken cancellationToken)
    {
        var report = new VerifyReport();
        report.Begin(VerifyArea.Cache);
        var records = DiskIndex.Peek(directory);
        var limits = new ParallelOptions { MaxDegreeOfParallelism = request.Parallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(records, limits, async (record, stop) =>
        {
            var bytes = await VerifyAsync(record, request.Quick, report, stop);
            progress?.Report(new VerifyProgress(VerifyArea.Cache, report.CountChecked(VerifyArea.Cache, bytes), records.Count, report.Bytes));
        });
        return report;
    }

    private async Task<long> VerifyAsync(DiskRecord record, bool quick, VerifyReport report, CancellationToken cancellationToken)
    {
        long bytes = 0;
        if (!quick)
        {
            if (await HashAsync(DiskTier.PathOf(directory, record.File!), cancellationToken) is not { } found)
            {
                // Evicted since: no file, no fault.
                return 0;
            }

            bytes = found.Bytes;
            if (found.Sha256 != record.Sha256 || found.Bytes != record.Length)
            {
                report.Add(VerifyArea.Cache, record.Key!, $"file {record.File} has {found.Bytes:N0} bytes with the sha256 {found.Sha256}, and {record.Length:N0} with {record.Sha256} were kept");
            }
        }

        if (AssetKey.TryCreate(record.Key!, out var key) || AssetKey.TryCreateOwn(record.Key![AssetKey.ReservedPrefix.Length..], out key))
        {
            await CompareAsync(record, key, report, cancellationToken);
        }

        return bytes;
    }

    // What may change is asked for anew by the node itself: only what never should is held against the bucket.
    private async Task CompareAsync(DiskRecord record, AssetKey key, VerifyReport report, CancellationToken cancellationToken)
    {
        if (record.IsPurged || !rules.ClassOf(key.Value).IsImmutable)
        {
            return;
        }

        var there = await bucket.HeadAsync(key, cancellationToken);
        if (there is null)
        {
            report.Add(VerifyArea.Cache, key.Value, "is kept, and no longer in the bucket: purge it");
        }
        else if (there.Length != record.Length || IsOther(there, record))
        {
            report.Add(VerifyArea.Cache, key.Value, $"is kept as {record.Metadata.EntityTag} with {record.Length:N0} bytes, and the bucket has {there.EntityTag} with {there.Length:N0}: purge it");
        }
    }

    // A replica may have given other tags to the same bytes; where it says what they are, that decides.
    private static bool IsOther(RepresentationMetadata there, DiskRecord record) =>
        there.Digests.Any(static digest => digest.Algorithm == DigestAlgorithm.Sha256)
            ? there.Digests.All(digest => digest.Algorithm != DigestAlgorithm.Sha256 || digest.Hex != record.Sha256)
            : there.EntityTag != record.Metadata.EntityTag;

    private static async Task<(string Sha256, long Bytes)?> HashAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = new FileStream(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 128 << 10, FileOptions.SequentialScan);
            return (Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken)), file.Length);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
