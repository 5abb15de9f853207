using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using ReleaseServer.Caching;
using ReleaseServer.Cdn;
using ReleaseServer.Commands;
using ReleaseServer.Releases;
using ReleaseServer.Site;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Caching;
using ReleaseServer.Testing.Cdn;
using ReleaseServer.Testing.Http;
using ReleaseServer.Testing.Server;

namespace ReleaseServer.Tests.Admin;

/// <summary><c>POST /purge</c> on the admin address, over the wire.</summary>
public sealed class PurgeEndpointTests
{
    private const string Token = "a-token-of-some-length";
    private const string Authorization = $"Authorization: Bearer {Token}";

    private readonly RecordingCache _cache = new("nodejs/release/v2/a", "nodejs/release/v2/b", "metrics/x");
    private readonly FaultyBucket _bucket = new(new InMemoryBucket());

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Purge_ByQuery_PurgedAndTold()
    {
        await using var server = await StartAsync();

        var response = await PostAsync(server, "?path=/dist/latest/a&key=metrics/x&tag=release:v2&hard=true");

        Assert.Equal((200, "application/json; charset=utf-8"), (response.Status, response["Content-Type"]));
        Assert.Equal("hard key:nodejs/release/v2/a key:metrics/x release:v2", _cache.Texts[^1]);
        Assert.Equal(
            """
            {
              "count": 2,
              "keys": [
                "metrics/x",
                "nodejs/release/v2/a"
              ],
              "tags": [
                "key:nodejs/release/v2/a",
                "key:metrics/x",
                "release:v2"
              ],
              "all": false,
              "hard": true,
              "dryRun": false,
              "cdn": null
            }
            """,
            response.Text);
    }

    [Theory]
    [InlineData("""{"paths":["/dist/latest/a"],"keys":["metrics/x"],"tags":["release:v2"]}""", "key:nodejs/release/v2/a key:metrics/x release:v2")]
    [InlineData("""{"all":true,"hard":true}""", "hard all")]
    public async Task Purge_ByJson_Purged(string body, string expected)
    {
        await using var server = await StartAsync();

        var response = await PostAsync(server, body: body);

        Assert.Equal(200, response.Status);
        Assert.Equal(expected, _cache.Texts[^1]);
    }

    [Fact]
    public async Task Purge_BucketAway_PurgedAllTheSame()
    {
        await using var server = await StartAsync();
        _bucket.GoDown();

        var response = await PostAsync(server, "?path=/dist/latest/");

        Assert.Equal(200, response.Status);
        Assert.Equal("dir:nodejs/release/v2/ dir:.release-server/catalog/nodejs/release/v2/", _cache.Texts[^1]);
    }

    [Fact]
    public async Task Purge_DryRun_ToldAndNothingPurged()
    {
        await using var stub = await CdnStub.StartAsync();
        await using var server = await StartAsync(stub);
        var before = _cache.Texts.Count;

        var response = await PostAsync(server, "?all=true&dryRun=true");

        Assert.Equal(before, _cache.Texts.Count);
        var report = JsonDocument.Parse(response.Text).RootElement;
        Assert.Equal((3, true), (report.GetProperty("count").GetInt32(), report.GetProperty("dryRun").GetBoolean()));
        Assert.Empty(stub.Calls);
    }

    [Fact]
    public async Task Purge_WithACdn_QueuedAndSent()
    {
        await using var stub = await CdnStub.StartAsync();
        await using var server = await StartAsync(stub);

        var response = await PostAsync(server, "?key=metrics/x");
        await stub.WaitForCallAsync(Cancellation);

        Assert.Contains("\"queued\": true", response.Text, StringComparison.Ordinal);
        Assert.Equal("""{"tags":["key:metrics/x"]}""", Assert.Single(stub.Calls).Body);
    }

    [Theory]
    [InlineData("?path=x&key=/&key=metrics/x", "path 'x' must be a path as in a request, such as /dist/v22.1.0/\nkey '/' names no key that an object can have\nNothing was purged\n")]
    [InlineData("", "Nothing is named: give a path, a key, a tag, or all\nNothing was purged\n")]
    [InlineData("?paths=/dist/", "'paths' is not known here; known are path, key, tag, all, hard, dryRun\nNothing was purged\n")]
    [InlineData("?all=yes", "all must be true or false, once\nNothing was purged\n")]
    public async Task Purge_BadSelectors_400NamingThemAndNothingPurged(string query, string expected)
    {
        await using var server = await StartAsync();
        var before = _cache.Texts.Count;

        var response = await PostAsync(server, query);

        Assert.Equal((400, expected), (response.Status, response.Text));
        Assert.Equal(before, _cache.Texts.Count);
    }

    [Theory]
    [InlineData("""{"path":["/dist/"]}""")]
    [InlineData("""{"keys":[null]}""")]
    [InlineData("""{"keys":"a"}""")]
    [InlineData("{")]
    [InlineData("null")]
    public async Task Purge_BadJson_400AndNothingPurged(string body)
    {
        await using var server = await StartAsync();
        var before = _cache.Texts.Count;

        var response = await PostAsync(server, body: body);

        Assert.Equal(400, response.Status);
        Assert.EndsWith("Nothing was purged\n", response.Text, StringComparison.Ordinal);
        Assert.Equal(before, _cache.Texts.Count);
    }

    [Fact]
    public async Task Purge_BodyTooLong_413()
    {
        await using var server = await StartAsync();

        var response = await PostAsync(server, body: new string(' ', 70_000));

        Assert.Equal(413, response.Status);
    }

    [Fact]
    public async Task Purge_NoTokenSet_403NamingTheSetting()
    {
        await using var server = await StartAsync(token: null);

        var response = await PostAsync(server, "?all=true");

        Assert.Equal(403, response.Status);
        Assert.Contains("Admin:Token", response.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("hard all", _cache.Texts);
    }

    [Theory]
    [InlineData("X-Nothing: 1")]
    [InlineData("Authorization: Bearer another-token-of-length")]
    [InlineData("Authorization: Bearer ")]
    [InlineData($"Authorization: Basic {Token}")]
    [InlineData($"Authorization: Bearer {Token}x")]
    public async Task Purge_WrongToken_401WithTheScheme(string field)
    {
        await using var server = await StartAsync();

        var response = await PostAsync(server, "?all=true", field: field);

        Assert.Equal((401, "Bearer"), (response.Status, response["WWW-Authenticate"]));
        Assert.Equal(["all"], _cache.Texts); // that of the start
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public async Task Purge_OtherMethod_405(string method)
    {
        await using var server = await StartAsync();

        var response = await PostAsync(server, "?all=true", method: method);

        Assert.Equal((405, "POST"), (response.Status, response["Allow"]));
    }

    [Fact]
    public async Task Purge_OnThePublicAddress_NotThere()
    {
        await using var server = await StartAsync();
        await using var client = await RunningServer.ConnectAsync(server.PublicPort, Cancellation);

        await client.SendAsync($"POST /purge?all=true HTTP/1.1\r\nHost: localhost\r\n{Authorization}\r\nContent-Length: 0\r\n\r\n");

        Assert.Equal(405, (await client.ReadResponseAsync("POST")).Status);
        Assert.Equal(["all"], _cache.Texts);
    }

    [Fact]
    public async Task Purge_NothingServedYet_503()
    {
        await using var server = await StartAsync(loadSite: false);

        Assert.Equal(503, (await PostAsync(server, "?all=true")).Status);
    }

    [Fact]
    public async Task Token_InTheLogAndTheSettingsShown_Never()
    {
        await using var server = await StartAsync();

        await PostAsync(server, "?all=true");
        await using var client = await RunningServer.ConnectAsync(server.AdminPort, Cancellation);
        await client.SendAsync("GET /site HTTP/1.1\r\nHost: localhost\r\n\r\n");
        var site = await client.ReadResponseAsync("GET");

        Assert.DoesNotContain(Token, site.Text, StringComparison.Ordinal);
        Assert.Contains("\"Admin:Token\": \"***\"", site.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Log.Lines, line => line.Contains(Token, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Reload_AfterAPublishedPurge_AppliedAtOnceOnEachNodeThatIsAsked()
    {
        await using var server = await StartAsync();
        var otherCache = new RecordingCache();
        await using var other = await RunningServer.StartAsync(
            _bucket, Cancellation, replace: services => services.AddSingleton<IPurgeable>(otherCache));
        await new SitePublisher(_bucket, TimeProvider.System).PublishPurgeAsync(Tests.Site.PurgeFollowerTests.Note("key:k"), Cancellation);

        await using var client = await RunningServer.ConnectAsync(server.AdminPort, Cancellation);
        await client.SendAsync("POST /site/reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
        var knocked = await client.ReadResponseAsync("POST");
        var otherBefore = otherCache.Texts;
        await other.RefreshSiteAsync(Cancellation);

        Assert.Equal((200, "serving generation 1\n"), (knocked.Status, knocked.Text));
        Assert.Equal(["all", "key:k"], _cache.Texts);
        Assert.Equal(["all"], otherBefore);
        Assert.Equal(["all", "key:k"], otherCache.Texts);
    }

    private async Task<RunningServer> StartAsync(CdnStub? stub = null, string? token = Token, bool loadSite = true)
    {
        await new SitePublisher(_bucket, TimeProvider.System).PublishLinksAsync([new Link("nodejs/release/latest", "nodejs/release/v2", true)], Cancellation);
        return await RunningServer.StartAsync(
            _bucket,
            Cancellation,
            configure: settings => Configure(settings, stub, token),
            loadSite: loadSite,
            replace: services => services.AddSingleton<IPurgeable>(_cache));
    }

    private static void Configure(ServerSettings settings, CdnStub? stub, string? token)
    {
        settings.Admin.Token = token;
        if (stub is not null)
        {
            (settings.Cdn.Kind, settings.Cdn.Url, settings.Cdn.Token, settings.Cdn.Zone) = (CdnKind.Cloudflare, stub.Url, "cdn-token", "z1");
        }
    }

    private static async Task<RawResponse> PostAsync(
        RunningServer server, string query = "", string? body = null, string field = Authorization, string method = "POST")
    {
        await using var client = await RunningServer.ConnectAsync(server.AdminPort, Cancellation);
        var type = body is null ? "" : "Content-Type: application/json\r\n";
        await client.SendAsync(
            $"{method} /purge{query} HTTP/1.1\r\nHost: localhost\r\n{field}\r\n{type}Content-Length: {Encoding.UTF8.GetByteCount(body ?? "")}\r\n\r\n{body}");
        return await client.ReadResponseAsync(method);
    }
}
