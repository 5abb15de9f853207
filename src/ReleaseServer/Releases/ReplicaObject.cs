using System.Collections.Concurrent;
using System.Security.Cryptography;
using ReleaseServer.Buckets;

namespace ReleaseServer.Releases;

/// <summary>Copies single objects to a replica, and makes sure that their bytes arrived.</summary>
internal sealed class ReplicaObject(IBucket source, IWritableBucket replica)
{
    private const int MaxSums = 4 << 20;

    private readonly ConcurrentDictionary<string, Task<Dictionary<string, string>?>> _sums = new(StringComparer.Ordinal);

    /// <summary>Whether two buckets have the same object, as far as can be told without its bytes.</summary>
    public static bool IsSame(RepresentationMetadata one, RepresentationMetadata other)
    {
        if (one.Length != other.Length)
        {
            return false;
        }

        foreach (var digest in one.Digests)
        {
            if (other.Digests.FirstOrDefault(candidate => candidate.Algorithm == digest.Algorithm) is { Hex: not null } found)
            {
                return found.Hex == digest.Hex;
            }
        }

        // Without a digest that both know: the date, which is copied with the bytes. Stores keep milliseconds of it, file systems more.
        return one.EntityTag == other.EntityTag || (one.Modified - other.Modified).Duration() < TimeSpan.FromMilliseconds(1);
    }

    /// <summary>Copies an object, unless the replica has it.</summary>
    /// <returns>Its bytes; null where there was nothing to do.</returns>
    /// <exception cref="BucketUnavailableException">A bucket failed, or the replica has other bytes than it was given.</exception>
    public async Task<long?> CopyAsync(AssetKey key, CancellationToken cancellationToken)
    {
        if (await source.HeadAsync(key, cancellationToken) is not { } there
            || (await replica.HeadAsync(key, cancellationToken) is { } known && IsSame(there, known)))
        {
            return null;
        }

        var sha256 = there.Digests.Where(static digest => digest.Algorithm == DigestAlgorithm.Sha256).Select(static digest => digest.Hex).FirstOrDefault()
            ?? await FindSumAsync(key.Value, cancellationToken);
        var attributes = new ObjectAttributes(there.ContentType, there.Modified, sha256, there.ContentEncoding);
        await ObjectCopy.CopyAsync(source, key, there, replica, key, attributes, cancellationToken);
        if (sha256 is not null && await HashAsync(key, cancellationToken) is var found && found != sha256)
        {
            throw new WrongBytesException($"{key} of {replica.Description} has the sha256 {found ?? "of nothing"} after it was copied, and not {sha256}");
        }

        return there.Length;
    }

    // The checksums of a version lie in its directory, and name files in those beneath, too.
    private async Task<string?> FindSumAsync(string key, CancellationToken cancellationToken)
    {
        for (var slash = key.LastIndexOf('/'); slash > 0; slash = key.LastIndexOf('/', slash - 1))
        {
            var sums = await _sums.GetOrAdd(key[..(slash + 1)], directory => ReadSumsAsync(directory, cancellationToken));
            if (sums is not null)
            {
                return sums.GetValueOrDefault(key[(slash + 1)..]);
            }
        }

        return null;
    }

    private async Task<Dictionary<string, string>?> ReadSumsAsync(string directory, CancellationToken cancellationToken)
    {
        if (!AssetKey.TryCreate(directory + ShasumsFile.FileName, out var key))
        {
            return null;
        }

        await using var opened = await source.OpenAsync(key, range: null, expected: null, cancellationToken);
        if (opened is null || opened.Metadata.Length > MaxSums)
        {
            return null;
        }

        var content = new byte[opened.Metadata.Length];
        await opened.Body.ReadExactlyAsync(content, cancellationToken);
        return ShasumsFile.Parse(content).Lines.ToDictionary(static line => line.Name, static line => line.Sha256, StringComparer.Ordinal);
    }

    private async Task<string?> HashAsync(AssetKey key, CancellationToken cancellationToken)
    {
        await using var opened = await replica.OpenAsync(key, range: null, expected: null, cancellationToken);
        return opened is null ? null : Convert.ToHexStringLower(await SHA256.HashDataAsync(opened.Body, cancellationToken));
    }
}
