using ReleaseServer.Testing.Buckets;

namespace ReleaseServer.Load;

/// <summary>The files of a run, made twice: as a bucket, where links are data, and as a tree for nginx, where they are links.</summary>
internal sealed class Corpus
{
    public const string Latest = "v26.7.0";
    public const string Older = "v26.6.0";

    public const string SmallPath = $"/dist/{Latest}/SHASUMS256.txt";
    public const string LatestSmallPath = "/dist/latest/SHASUMS256.txt";
    public const string IndexPath = "/dist/index.json";
    public const string TarballPath = $"/dist/{Latest}/node-{Latest}.tar.gz";
    public const string ListingPath = "/download/many/";

    private const int SmallBytes = 1067;
    private const int IndexBytes = 280_859;

    // Of the mix: mostly small, as checksums, headers and pages are.
    private static readonly int[] MixSizes = [1024, 2048, 4096, 8192, 65_536];
    private static readonly DateTime Modified = new(2026, 5, 4, 3, 2, 1, DateTimeKind.Utc);

    private readonly Scale _scale;

    private static ReadOnlySpan<byte> Line => "{\"version\":\"v26.7.0\",\"date\":\"2026-05-04\"},\n"u8;

    public Corpus(Scale scale, string bucket, string tree)
    {
        (_scale, Bucket, Tree) = (scale, bucket, tree);
        Make(bucket);
        Make(tree);
        Directory.CreateSymbolicLink(Path.Combine(tree, "nodejs/release/latest"), Latest);
    }

    /// <summary>Folder of the bucket.</summary>
    public string Bucket { get; }

    /// <summary>The same with symbolic links.</summary>
    public string Tree { get; }

    /// <summary>Paths of the mix in one release.</summary>
    public IReadOnlyList<string> MixOf(string version) => [.. Enumerable.Range(0, _scale.MixFiles).Select(number => $"/dist/{version}/mix/asset-{number:00}.bin")];

    /// <summary>Path of an object that only the bucket has, and no server yet.</summary>
    public static string VirtualPath(long length, string name) => FormattableString.Invariant($"/download/virtual/{length}/{name}");

    private void Make(string root)
    {
        Write(root, $"nodejs/release/{Latest}/SHASUMS256.txt", Text(SmallBytes));
        Write(root, "nodejs/release/index.json", Text(IndexBytes));
        Write(root, $"nodejs/release/{Latest}/node-{Latest}.tar.gz", Noise.Of(_scale.TarballBytes));
        for (var number = 0; number < _scale.ListingEntries; number++)
        {
            Write(root, $"nodejs/many/node-v22.{number}.0-linux-x64.tar.xz", Text(10));
        }

        foreach (var version in new[] { Latest, Older })
        {
            for (var number = 0; number < _scale.MixFiles; number++)
            {
                Write(root, $"nodejs/release/{version}/mix/asset-{number:00}.bin", Noise.Of(MixSizes[number % MixSizes.Length]));
            }
        }
    }

    private static void Write(string root, string key, byte[] content)
    {
        var path = Path.Combine(root, key);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        File.SetLastWriteTimeUtc(path, Modified);
    }

    private static byte[] Text(int length)
    {
        var text = new byte[length];
        for (var index = 0; index < length; index++)
        {
            text[index] = Line[index % Line.Length];
        }

        return text;
    }
}
