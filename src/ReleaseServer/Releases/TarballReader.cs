using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using ReleaseServer.Buckets;

namespace ReleaseServer.Releases;

/// <summary>Reads facts from tarballs of a bucket as they stream by; nothing is kept but small files.</summary>
internal static class TarballReader
{
    /// <summary>Largest file read, in bytes: some ten times the largest that states a fact.</summary>
    private const int MaxFile = 1 << 20;

    /// <summary>Reads on until all wanted is known, or the tarball ends.</summary>
    /// <param name="bucket">Holds the tarball.</param>
    /// <param name="key">A <c>.tar.gz</c> or <c>.tar.xz</c>.</param>
    /// <param name="facts">Takes what is found.</param>
    /// <param name="isEnough">Whether to stop.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Null where it was read; else what is wrong with it. Facts found before that are kept.</returns>
    /// <exception cref="BucketUnavailableException">The bucket failed.</exception>
    public static async Task<string?> ReadAsync(
        IBucket bucket, AssetKey key, FactReader facts, Func<FactReader, bool> isEnough, CancellationToken cancellationToken)
    {
        await using var representation = await bucket.OpenAsync(key, range: null, expected: null, cancellationToken);
        if (representation is null)
        {
            return $"{key} is not in {bucket.Description}";
        }

        try
        {
            await using var content = Decompress(key, representation.Body);
            await using var tar = new TarReader(content);
            while (!isEnough(facts) && await tar.GetNextEntryAsync(copyData: false, cancellationToken) is { } entry)
            {
                await ReadAsync(entry, facts, cancellationToken);
            }

            return null;
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException or FormatException or NotSupportedException or ArgumentException)
        {
            return $"{key} is no whole tarball: {exception.Message}";
        }
    }

    private static Stream Decompress(AssetKey key, Stream body) => key.Value.EndsWith(".xz", StringComparison.Ordinal)
        ? new XzStream(body)
        : new GZipStream(body, CompressionMode.Decompress);

    private static async Task ReadAsync(TarEntry entry, FactReader facts, CancellationToken cancellationToken)
    {
        var path = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
        var inner = path[(path.IndexOf('/') + 1)..];
        if (entry.DataStream is null || entry.Length > MaxFile || !facts.Wants(inner))
        {
            return;
        }

        using var text = new StreamReader(entry.DataStream, Encoding.UTF8);
        facts.Read(inner, await text.ReadToEndAsync(cancellationToken));
    }
}
