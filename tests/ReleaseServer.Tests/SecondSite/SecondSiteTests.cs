using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ReleaseServer.Admin;

namespace ReleaseServer.Tests.SecondSite;

/// <summary>Another project than Node.js needs data and not one line of code.</summary>
public sealed class SecondSiteTests(QuillSite site) : IClassFixture<QuillSite>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/1.4.2/quill-1.4.2.tar.zst", "archive of 1.4.2")]
    [InlineData("/stable/quill-1.10.0.tar.zst", "archive of 1.10.0")]
    [InlineData("/lts/quill-1.4.10.tar.zst", "archive of 1.4.10")]
    [InlineData("/1.x/quill-1.10.0.tar.zst", "archive of 1.10.0")]
    [InlineData("/beta/newest/quill.tar.zst", "beta 10")]
    [InlineData("/install.quill", "install 1.10.0")]
    [InlineData("/docs/1.4.2/", "<title>Quill 1.4.2</title>")]
    [InlineData("/stable/docs/", "<title>Quill 1.10.0</title>")]
    [InlineData("/mirror/lts/install.quill", "install 1.4.10")]
    [InlineData("/archive/0.9/quill.tar.zst", "old")]
    public async Task Get_FileOrLink_ItsBytes(string path, string expected)
    {
        var text = await site.Client.GetStringAsync(path, Cancellation);

        Assert.Equal(expected, text);
    }

    [Theory]
    [InlineData("/stable/quill-1.10.0.tar.zst", "application/zstd")]
    [InlineData("/stable/quill-1.10.0.tar.zst.sig", "application/pgp-signature")]
    [InlineData("/install.quill", "text/x-quill")]
    [InlineData("/releases.json", "application/json")]
    public async Task Get_File_MediaTypeOfTheSite(string path, string expected)
    {
        using var response = await site.Client.GetAsync(path, Cancellation);

        Assert.Equal(expected, response.Content.Headers.ContentType?.ToString());
    }

    [Fact]
    public async Task Get_Json_Parses()
    {
        var releases = await site.Client.GetFromJsonAsync<string[]>("/releases.json", Cancellation);

        Assert.Equal<string>(["1.10.0", "1.4.10", "1.4.2"], releases!);
    }

    [Fact]
    public async Task Get_Root_ListsVersionsAndLinksButNotTheReservedPrefix()
    {
        var listing = await site.Client.GetStringAsync("/", Cancellation);

        var names = listing.Split("<a href=\"").Skip(1).Select(row => row[..row.IndexOf('"')]);
        Assert.Equal(["../", "1.10.0/", "1.4.10/", "1.4.2/", "1.x/", "beta/", "docs/", "lts/", "old/", "stable/", "install.quill", "releases.json"], names);
        Assert.Contains("<title>Index of /</title>", listing, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_ListingAsJson_SameNames()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/beta/");
        request.Headers.Accept.ParseAdd("application/json");

        using var response = await site.Client.SendAsync(request, Cancellation);
        var rows = await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation);

        Assert.Equal(["newest", "quill-2.0.0-beta.10", "quill-2.0.0-beta.2"], rows.EnumerateArray().Select(row => row.GetProperty("name").GetString()));
    }

    [Theory]
    [InlineData("/stable", HttpStatusCode.MovedPermanently, "/stable/")]
    [InlineData("/mirror", HttpStatusCode.MovedPermanently, "/mirror/")]
    [InlineData("/mirror?x=1", HttpStatusCode.MovedPermanently, "/mirror/?x=1")]
    [InlineData("/get/install.quill?y", HttpStatusCode.Found, "/stable/install.quill?y")]
    [InlineData("/manual", HttpStatusCode.PermanentRedirect, "https://quill.example/manual#top")]
    public async Task Get_MovedPath_Redirected(string path, HttpStatusCode status, string location)
    {
        using var response = await site.Client.GetAsync(path, Cancellation);

        Assert.Equal(status, response.StatusCode);
        Assert.Equal(location, response.Headers.Location?.OriginalString);
    }

    [Theory]
    [InlineData("/dist/")]
    [InlineData("/3.x/")]
    [InlineData("/stable/nothing")]
    [InlineData("/archive/")]
    [InlineData("/docs/0.9/")]
    [InlineData("/.release-server")]
    [InlineData("/.release-server/")]
    [InlineData("/.release-server/generation.json")]
    [InlineData("/mirror/.release-server/generation.json")]
    [InlineData("/mirror/%2erelease-server/catalog/~listing.json")]
    [InlineData("/stable/../.release-server/generation.json")]
    public async Task Get_NothingOrReserved_NotFound(string path)
    {
        using var response = await site.Client.GetAsync(path, Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task Get_Routes_FieldsAndCacheControlOfTheirRows()
    {
        using var up = await site.Client.GetAsync("/up", Cancellation);
        using var mirrored = await site.Client.GetAsync("/mirror/install.quill", Cancellation);
        using var archived = await site.Client.GetAsync("/archive/0.9/quill.tar.zst", Cancellation);
        using var signature = await site.Client.GetAsync("/stable/quill-1.10.0.tar.zst.sig", Cancellation);

        Assert.Equal((HttpStatusCode.NoContent, "no-store"), (up.StatusCode, up.Headers.CacheControl?.ToString()));
        Assert.Equal(["noindex"], mirrored.Headers.GetValues("X-Robots-Tag"));
        Assert.Equal(["public, max-age=31536000, immutable"], archived.Headers.GetValues("Cache-Control"));
        Assert.Equal(["*"], signature.Headers.GetValues("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task Reload_AfterARelease_LinksAndListingFollow()
    {
        await using var own = new QuillSite();
        await own.InitializeAsync();

        own.PutRelease("2.0.0");
        await own.PublishAsync();
        var before = await own.Client.GetStringAsync("/install.quill", Cancellation);
        using var reloaded = await own.Admin.PostAsync("/site/reload", content: null, Cancellation);

        Assert.Equal("install 1.10.0", before);
        Assert.Equal("serving generation 4\n", await reloaded.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal("install 2.0.0", await own.Client.GetStringAsync("/install.quill", Cancellation));
        Assert.Contains("2.x/", await own.Client.GetStringAsync("/", Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Admin_Site_SaysWhoseDataIsServed()
    {
        var description = await site.Admin.GetFromJsonAsync<JsonElement>("/site", Cancellation);

        Assert.EndsWith("SecondSite/Data", description.GetProperty("data").GetString(), StringComparison.Ordinal);
        Assert.Equal(2, description.GetProperty("generation").GetInt64());
        Assert.True(description.GetProperty("catalog").GetBoolean());
        Assert.Equal(JsonValueKind.Null, description.GetProperty("settings").GetProperty("Tls:KeyPath").ValueKind);
    }

    [Fact]
    public async Task Admin_Site_VersionAsItIsWritten()
    {
        var text = await site.Admin.GetStringAsync("/site", Cancellation);

        Assert.Contains($"\"version\": \"{AdminEndpoints.Version}\"", text, StringComparison.Ordinal);
        Assert.Matches(@"^\d+\.\d+\.\d+(-[^+]+)?(\+[0-9a-f]{8})?$", AdminEndpoints.Version);
    }
}
