using System.Security.Cryptography;
using System.Text;
using ReleaseServer.Buckets;
using ReleaseServer.Listings;
using ReleaseServer.Releases;
using ReleaseServer.Testing.Buckets;
using static ReleaseServer.Tests.Releases.IndexOfTest;

namespace ReleaseServer.Tests.Releases;

/// <summary>What a bucket with releases holds, for tests of copies of it.</summary>
internal static class ReplicaContents
{
    // What a reader of the bucket, and a node that goes by its generation, would follow.
    public static async Task AssertWholeAsync(InMemoryBucket bucket)
    {
        var contents = await ContentsAsync(bucket);
        foreach (var entry in IndexJson.Read(Encoding.UTF8.GetBytes(contents["nodejs/release/index.json"]), []))
        {
            var directory = $"nodejs/release/{entry.Version}/";
            foreach (var sum in ShasumsFile.Parse(Encoding.UTF8.GetBytes(contents[directory + ShasumsFile.FileName])).Lines)
            {
                Assert.True(contents.ContainsKey(directory + sum.Name) || contents.ContainsKey("nodejs/release/" + sum.Name), directory + sum.Name);
            }
        }

        foreach (var link in (await new SitePublisher(bucket, TimeProvider.System).ReadLinksAsync(Token)).Table.Links)
        {
            Assert.True(contents.ContainsKey(link.Target) || await bucket.AnyAsync(link.Target + "/", Token), link.Name);
        }

        foreach (var (key, content) in contents.Where(static pair => pair.Key.StartsWith(CatalogKeys.Prefix, StringComparison.Ordinal)))
        {
            Assert.True(CatalogKeys.TryGetDirectory(key, out var directory));
            Assert.All(CatalogDocument.Parse(Encoding.UTF8.GetBytes(content), directory).Files, file => Assert.True(contents.ContainsKey(directory + file.Name), directory + file.Name));
        }
    }

    public static string KindOf(string key) => key switch
    {
        ".release-server/generation.json" => "generation",
        _ when key.StartsWith(CatalogKeys.Prefix, StringComparison.Ordinal) => "catalog",
        _ when key.StartsWith(".release-server/links/", StringComparison.Ordinal) => "links",
        _ when key.EndsWith("/index.json", StringComparison.Ordinal) && key.Count(static letter => letter == '/') == 2 && !key.StartsWith("metrics/", StringComparison.Ordinal) => "index",
        _ when key.EndsWith("/index.tab", StringComparison.Ordinal) => "index",
        _ when key.Contains("/SHASUMS", StringComparison.Ordinal) => "sums",
        _ => "file",
    };

    // Texts as they are, for the asserts; other objects by their digest.
    public static async Task<SortedDictionary<string, string>> ContentsAsync(InMemoryBucket bucket, Func<string, bool>? which = null)
    {
        var contents = new SortedDictionary<string, string>(StringComparer.Ordinal);
        await foreach (var entry in bucket.ListAsync("", ListDepth.All, Token))
        {
            if (which?.Invoke(entry.Name) == false)
            {
                continue;
            }

            var key = AssetKey.TryCreate(entry.Name, out var made) ? made : AssetKey.Own(entry.Name[AssetKey.ReservedPrefix.Length..]);
            await using var opened = await bucket.OpenAsync(key, range: null, expected: null, Token);
            var content = new byte[opened!.Metadata.Length];
            await opened.Body.ReadExactlyAsync(content, Token);
            var isText = entry.Name.EndsWith(".json", StringComparison.Ordinal) || entry.Name.EndsWith(".txt", StringComparison.Ordinal);
            contents.Add(entry.Name, isText ? Encoding.UTF8.GetString(content) : Convert.ToHexStringLower(SHA256.HashData(content)));
        }

        return contents;
    }

    public static async Task<SortedDictionary<string, DateTimeOffset>> DatesAsync(InMemoryBucket bucket)
    {
        var dates = new SortedDictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        await foreach (var entry in bucket.ListAsync("nodejs/", ListDepth.All, Token))
        {
            dates.Add(entry.Name, entry.Modified);
        }

        return dates;
    }
}
