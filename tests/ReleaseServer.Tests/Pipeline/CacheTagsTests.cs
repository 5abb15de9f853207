using Microsoft.AspNetCore.Http;
using ReleaseServer.Buckets;
using ReleaseServer.Caching;
using ReleaseServer.Pipeline;
using ReleaseServer.Site;

namespace ReleaseServer.Tests.Pipeline;

public sealed class CacheTagsTests
{
    private static readonly SiteSnapshot Site = new(
        SiteDataLoader.Load(directory: null),
        new LinkTable([new Link("r/latest", "r/v2.0", IsDirectory: true), new Link("r/v2.0/index.html", "r/pages/start.html", IsDirectory: false)]),
        GenerationDocument.None);

    [Theory]
    [InlineData("Cache-Tag", "key:r/v2.0/x, release:v2.0, class:release, link:r/latest, dir:r/v2.0/, dir:r/, dir:")]
    [InlineData("Surrogate-Key", "key:r/v2.0/x release:v2.0 class:release link:r/latest dir:r/v2.0/ dir:r/ dir:")]
    [InlineData("", null)]
    public void OfFile_FieldName_ItsSeparator(string name, string? value) => Assert.Equal(value, OfFile("r/latest/x", "r/v2.0/x", name));

    [Fact]
    public void OfFile_IndexPageThatIsALink_BothLinks() => Assert.Equal(
        "key:r/pages/start.html, class:release, link:r/latest, link:r/v2.0/index.html, dir:r/pages/, dir:r/, dir:",
        Told(new CacheTags(new CacheOptions(), new FakeRules()).OfFile(Request("/r/latest/", "r/latest/", "r/v2.0/"), Key("r/pages/start.html"))));

    [Theory]
    [InlineData("a b,c%d", "a%20b%2Cc%25d")]
    [InlineData("ünï", "%C3%BCn%C3%AF")]
    [InlineData("line\r\nSet-Cookie: x", "line%0D%0ASet-Cookie:%20x")]
    public void OfFile_OddKey_Escaped(string key, string escaped) => Assert.StartsWith($"key:{escaped}, ", OfFile(key, key, "Cache-Tag"), StringComparison.Ordinal);

    [Fact]
    public void OfFile_DeepKey_AtMost8Kilobytes()
    {
        var key = string.Concat(Enumerable.Repeat("d/", 400)) + "x";

        var field = OfFile(key, key, "Cache-Tag");

        Assert.InRange(field!.Length, 7_000, 8_192);
        Assert.StartsWith($"key:{key}, class:release, dir:", field, StringComparison.Ordinal);
    }

    private static string? OfFile(string routed, string key, string name) =>
        Told(new CacheTags(new CacheOptions { TagField = name }, new FakeRules()).OfFile(Request("/" + routed, routed, key), Key(key)));

    private static AssetRequest Request(string path, string routed, string key) => new(path, "", Site) { RoutedKey = routed, Key = key };

    private static AssetKey Key(string value) => AssetKey.TryCreate(value, out var key) ? key : throw new ArgumentException(value);

    private static string? Told(SurrogateKeys keys)
    {
        var headers = new HeaderDictionary();
        keys.Set(headers);
        return headers.Count == 0 ? null : headers.Values.Single().ToString();
    }
}
