using System.Globalization;
using System.Text;
using ReleaseServer.EndToEnd.Processes;
using ReleaseServer.Testing.Buckets;

namespace ReleaseServer.EndToEnd.Sites;

/// <summary>
/// The folder bucket that every site serves: the server's own sample, and names and sizes that the sample has no reason to hold.
/// Made once for a run; readers copy it and leave it alone.
/// </summary>
internal static class ReleaseTree
{
    /// <summary>Path of a file large enough for parallel ranges.</summary>
    public const string LargeFile = "/download/test/v26.0.0-test0/node-v26.0.0-test0.tar.gz";

    /// <summary>Path of a directory of names that need escaping, cutting or sorting.</summary>
    public const string AwkwardDirectory = "/download/test/awkward/";

    /// <summary>Path of a small directory with directories in it and nothing unusual about them.</summary>
    public const string PlainDirectory = "/download/test/v26.0.0-test1/";

    private const int LargeFileBytes = 6 * 1024 * 1024;
    private static readonly DateTime Modified = new(2026, 5, 4, 3, 2, 1, DateTimeKind.Utc);

    private static readonly string[] AwkwardNames =
    [
        "100.txt",
        "20.txt",
        "Upper.txt",
        "a & b <c> \"d\" 'e'.txt",
        "dir-x/file.txt",
        "dir/file.txt",
        "fifty-characters-in-this-name-of-a-file-012345.txt",
        "fifty-one-characters-in-this-name-of-a-file-012.txt",
        "fifty-characters-in-this-name-of-a-directory-01234/file.txt",
        "forty-nine-characters-in-this-name-of-a-dir-01234/file.txt",
        "colon:and;semicolon.txt",
        "hash#and?question.txt",
        "percent%41.txt",
        "plus+sign.txt",
        "space in name.txt",
        "this-name-is-longer-than-the-fifty-columns-that-a-listing-has-for-it.txt",
        "this-directory-is-longer-than-the-fifty-columns-that-a-listing-has/file.txt",
        "tilde~.txt",
        "umlaut-\u00fc-\u65e5\u672c.txt",
        ".hidden.txt",
        "empty.txt",
        "with-index/index.html",
        "with-index/other.txt",
        "with-index-like/my-index.html",
        "v24.0.0-nightly20240101abcdef/file.txt",
        "v1.2/file.txt",
        "v1.2-rc/file.txt",
        "v1.20/file.txt",
    ];

    private static readonly string[] PlainNames =
        ["SHASUMS256.txt", "docs/notes.md", "docs/api/notes.json", "win-x64/node.lib", "win-x64/node_pdb.zip"];

    private static readonly Lazy<Task<string>> Made = new(MakeAsync);

    // Removed when the process ends: the tree outlives every fixture.
    private static readonly TemporaryDirectory Root = new();

    static ReleaseTree() => AppDomain.CurrentDomain.ProcessExit += (_, _) => Root.Dispose();

    /// <summary>The directory of the tree; it holds <c>nodejs</c> and, where the sample has it, <c>metrics</c>.</summary>
    public static Task<string> GetAsync() => Made.Value;

    /// <summary>Copies the tree, dates included.</summary>
    public static void Copy(string source, string destination)
    {
        foreach (var path in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(destination, Path.GetRelativePath(source, path));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(path, copy);
            File.SetLastWriteTimeUtc(copy, File.GetLastWriteTimeUtc(path));
        }
    }

    /// <summary>The type that the origin gives a file by its extension.</summary>
    public static string MediaTypeOf(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".html" or ".htm" => "text/html",
        ".css" => "text/css",
        ".xml" => "text/xml",
        ".js" => "application/javascript",
        ".json" => "application/json",
        ".png" => "image/png",
        ".svg" => "image/svg+xml",
        ".zip" => "application/zip",
        ".7z" => "application/x-7z-compressed",
        ".pdb" => "application/x-pilot",
        ".exe" or ".bin" or ".msi" or ".lib" or ".pkg" => "application/octet-stream",
        ".xz" => "application/x-xz",
        ".gz" => "application/gzip",
        _ => "text/plain",
    };

    /// <summary>A date as uploaders keep it in an object's metadata: seconds since 1970, with a fraction.</summary>
    public static string FormatMtime(DateTime modified) =>
        (modified - DateTime.UnixEpoch).TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture);

    private static async Task<string> MakeAsync()
    {
        var tree = Root["tree"];
        Copy(await FindSampleAsync(), tree);
        // Site data is each site's own to write, after the additions below.
        var published = Path.Combine(tree, ".release-server");
        if (Directory.Exists(published))
        {
            Directory.Delete(published, recursive: true);
        }

        foreach (var name in AwkwardNames)
        {
            await AddAsync(tree, $"nodejs/test/awkward/{name}", name == "empty.txt" ? [] : Encoding.UTF8.GetBytes($"{name}\n"));
        }

        foreach (var name in PlainNames)
        {
            await AddAsync(tree, $"nodejs{PlainDirectory["/download".Length..]}{name}", Encoding.UTF8.GetBytes($"{name}\n"));
        }

        await AddAsync(tree, $"nodejs{LargeFile["/download".Length..]}", Noise.Of(LargeFileBytes));
        return tree;
    }

    private static async Task AddAsync(string tree, string key, byte[] content)
    {
        var path = Path.Combine(tree, key);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllBytesAsync(path, content);
        File.SetLastWriteTimeUtc(path, Modified);
    }

    // A developer may name a tree of his own; otherwise the sample that a first run of the server makes.
    private static async Task<string> FindSampleAsync()
    {
        if (Environment.GetEnvironmentVariable("RELEASESERVER_TEST_SAMPLE") is { Length: > 0 } given)
        {
            return given;
        }

        var home = Directory.CreateDirectory(Root["first-run"]).FullName;
        await using (await ServerProcess.StartAsync(home))
        {
            // Serving: the sample is complete.
        }

        return Path.Combine(home, "data", "bucket");
    }
}
