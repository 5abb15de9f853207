using System.Buffers;
using System.Security.Cryptography;
using ReleaseServer.Buckets;
using ReleaseServer.Site;

namespace ReleaseServer.Releases;

/// <summary>Holds the assets of a bucket against the checksums that lie beside them, in flat memory.</summary>
/// <param name="bucket">Read from; may be paced.</param>
/// <param name="names">All that it holds.</param>
/// <param name="links">Published: some names of checksums are links.</param>
internal sealed class ChecksumVerifier(IBucket bucket, BucketNames names, LinkTable links, VerifyReport report)
{
    private const int BufferBytes = 128 << 10;
    private const string Documentation = "docs/";
    private const int MaxSums = 4 << 20;

    /// <exception cref="BucketUnavailableException">The bucket failed for every object; one object that cannot be read is a finding.</exception>
    public async Task RunAsync(VerifyRequest request, IProgress<VerifyProgress>? progress, CancellationToken cancellationToken)
    {
        report.Begin(VerifyArea.Checksums);
        var directories = names.Directories.Where(directory =>
            directory.StartsWith(request.Under, StringComparison.Ordinal) && names.FilesIn(directory).ContainsKey(ShasumsFile.FileName));
        var files = new List<(string Directory, Shasum Sum)>();
        foreach (var directory in directories.Order(StringComparer.Ordinal))
        {
            files.AddRange((await ReadSumsAsync(directory, cancellationToken)).Select(sum => (directory, sum)));
        }

        var limits = new ParallelOptions { MaxDegreeOfParallelism = request.Parallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(files, limits, async (file, stop) =>
        {
            var bytes = await VerifyAsync(file.Directory + file.Sum.Name, file.Sum.Sha256, request.Quick, stop);
            var done = report.CountChecked(VerifyArea.Checksums, bytes);
            progress?.Report(new VerifyProgress(VerifyArea.Checksums, done, files.Count, report.Bytes));
        });
    }

    private async Task<IReadOnlyList<Shasum>> ReadSumsAsync(string directory, CancellationToken cancellationToken)
    {
        var name = directory + ShasumsFile.FileName;
        if (!AssetKey.TryCreate(name, out var key))
        {
            return [];
        }

        await using var opened = await bucket.OpenAsync(key, range: null, expected: null, cancellationToken);
        if (opened is null || opened.Metadata.Length > MaxSums)
        {
            report.Add(VerifyArea.Checksums, name, opened is null ? "is listed, but cannot be read" : "is too long for a list of checksums");
            return [];
        }

        var content = new byte[opened.Metadata.Length];
        await opened.Body.ReadExactlyAsync(content, cancellationToken);
        var sums = ShasumsFile.Parse(content);
        foreach (var fault in sums.Faults)
        {
            report.Add(VerifyArea.Checksums, name, fault);
        }

        AddUnlisted(directory, sums.Lines);
        return sums.Lines;
    }

    // Signatures and older lists of sums are about the assets, and documentation changes after a release.
    private void AddUnlisted(string directory, IReadOnlyList<Shasum> sums)
    {
        var listed = sums.Select(static sum => sum.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var name in names.FilesBeneath(directory))
        {
            if (!listed.Contains(name) && !name.StartsWith(Documentation, StringComparison.Ordinal) && !name.StartsWith("SHASUMS", StringComparison.Ordinal))
            {
                report.Add(VerifyArea.Checksums, directory + name, $"is not in {ShasumsFile.FileName}");
            }
        }
    }

    /// <returns>Bytes that were read.</returns>
    private async Task<long> VerifyAsync(string name, string sha256, bool quick, CancellationToken cancellationToken)
    {
        var stored = names.HasFile(name) ? name : FindElsewhere(name);
        if (stored is null || !AssetKey.TryCreate(stored, out var key))
        {
            report.Add(VerifyArea.Checksums, name, $"is in {ShasumsFile.FileName}, and not in the bucket");
            return 0;
        }

        if (quick)
        {
            return 0;
        }

        try
        {
            var (found, bytes) = await HashAsync(key, cancellationToken);
            if (found != sha256)
            {
                report.Add(VerifyArea.Checksums, name, found is null ? "is gone since it was listed" : $"has the sha256 {found}, and {ShasumsFile.FileName} says {sha256}");
            }

            return bytes;
        }
        catch (BucketUnavailableException exception)
        {
            report.Add(VerifyArea.Checksums, name, $"cannot be read: {exception.Message}");
            return 0;
        }
    }

    // The tarballs of the first versions lie beside their directories; links lead to them, once they are published.
    private string? FindElsewhere(string name)
    {
        var directory = name[..(name.LastIndexOf('/') + 1)];
        var parent = directory.Length == 0 ? "" : directory[..(directory.LastIndexOf('/', directory.Length - 2) + 1)];
        return new[] { links.Resolve(name), parent + name[directory.Length..] }.FirstOrDefault(candidate => candidate != name && names.HasFile(candidate));
    }

    private async Task<(string? Sha256, long Bytes)> HashAsync(AssetKey key, CancellationToken cancellationToken)
    {
        await using var opened = await bucket.OpenAsync(key, range: null, expected: null, cancellationToken);
        if (opened is null)
        {
            return (null, 0);
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            for (long bytes = 0; ;)
            {
                var read = await opened.Body.ReadAsync(buffer, cancellationToken);
                if (read == 0)
                {
                    return (Convert.ToHexStringLower(hash.GetHashAndReset()), bytes);
                }

                hash.AppendData(buffer, 0, read);
                bytes += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
