using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ReleaseServer.Testing.S3;

namespace ReleaseServer.Load.Store;

/// <summary>The objects of the stand-in: the files of a folder, held in memory, and as many others of any length as are asked for.</summary>
internal sealed class StoreContent
{
    /// <summary>Keys under it exist without being stored: <c>nodejs/virtual/LENGTH/ANY-NAME</c> has LENGTH bytes.</summary>
    public const string VirtualPrefix = "nodejs/virtual/";

    private readonly SortedDictionary<string, StubObject> _objects = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, StubObject?> _virtual = new(StringComparer.Ordinal);

    private StoreContent(string bucket) => Bucket = bucket;

    public string Bucket { get; }

    /// <summary>Those that are stored, by key; a listing shows no others.</summary>
    public IEnumerable<KeyValuePair<string, StubObject>> Objects => _objects;

    public static StoreContent Load(string root, string bucket)
    {
        var content = new StoreContent(bucket);
        foreach (var path in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories))
        {
            content._objects.Add(Path.GetRelativePath(root, path), Read(path));
        }

        return content;
    }

    public StubObject? Find(string key) =>
        _objects.TryGetValue(key, out var item) ? item : _virtual.GetOrAdd(key, MakeVirtual);

    private static StubObject Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var modified = new DateTimeOffset(File.GetLastWriteTimeUtc(path));
        return Describe(StubObject.Of(bytes), MediaTypeOf(path), Md5(bytes), modified);
    }

    private static StubObject? MakeVirtual(string key)
    {
        if (!key.StartsWith(VirtualPrefix, StringComparison.Ordinal))
        {
            return null;
        }

        var end = key.IndexOf('/', VirtualPrefix.Length);
        return end > 0 && long.TryParse(key.AsSpan()[VirtualPrefix.Length..end], NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            ? Describe(StubObject.Virtual(length), "application/octet-stream", Md5(Encoding.UTF8.GetBytes(key)) + "-1", DateTimeOffset.UnixEpoch.AddYears(50))
            : null;
    }

    private static StubObject Describe(StubObject item, string mediaType, string tag, DateTimeOffset modified) => item with
    {
        EntityTag = $"\"{tag}\"",
        LastModified = DateTimeOffset.FromUnixTimeSeconds(modified.ToUnixTimeSeconds()),
        Fields = new Dictionary<string, string>
        {
            ["Content-Type"] = mediaType,
            ["x-amz-meta-mtime"] = modified.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
        },
    };

#pragma warning disable CA5351 // An entity tag of S3 is an MD5; one that is not, as of an upload in parts, has a dash in it.
    private static string Md5(byte[] bytes) => Convert.ToHexStringLower(MD5.HashData(bytes));
#pragma warning restore CA5351

    private static string MediaTypeOf(string path) => Path.GetExtension(path) switch
    {
        ".txt" => "text/plain",
        ".json" => "application/json",
        ".gz" => "application/gzip",
        _ => "application/octet-stream",
    };
}
