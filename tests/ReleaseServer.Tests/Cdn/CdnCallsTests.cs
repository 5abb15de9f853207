using System.Text;
using ReleaseServer.Cdn;

namespace ReleaseServer.Tests.Cdn;

/// <summary>A purge in the words of each CDN.</summary>
public sealed class CdnCallsTests
{
    private static readonly CdnPurge Everything = new([], [], All: true, IsHard: false, null);

    [Fact]
    public void Cloudflare_ByTag_ThirtyInACall()
    {
        var calls = CdnCalls.Of(Tags(61), Options(CdnKind.Cloudflare));

        Assert.Equal(3, calls.Count);
        Assert.Equal("https://api.cloudflare.com/client/v4/zones/z1/purge_cache", calls[0].Url.AbsoluteUri);
        Assert.Equal([("Authorization", "Bearer secret-token")], calls[0].Fields);
        Assert.Equal("""{"tags":["key:60"]}""", Json(calls[2]));
    }

    [Fact]
    public void Cloudflare_ByUrl_Files()
    {
        var purge = new CdnPurge(["key:a"], ["https://nodejs.org/dist/a", "https://nodejs.org/dist/b"], All: false, IsHard: true, null);

        var call = Assert.Single(CdnCalls.Of(purge, Options(CdnKind.Cloudflare, CdnPurgeBy.Url)));

        Assert.Equal("""{"files":["https://nodejs.org/dist/a","https://nodejs.org/dist/b"]}""", Json(call));
    }

    [Fact]
    public void Cloudflare_All_PurgeEverything()
    {
        Assert.Equal("""{"purge_everything":true}""", Json(Assert.Single(CdnCalls.Of(Everything, Options(CdnKind.Cloudflare)))));
    }

    [Fact]
    public void Fastly_ByTag_256KeysInAField()
    {
        var calls = CdnCalls.Of(Tags(257), Options(CdnKind.Fastly));

        Assert.Equal(2, calls.Count);
        Assert.Equal("https://api.fastly.com/service/s1/purge", calls[0].Url.AbsoluteUri);
        Assert.Equal([("Fastly-Key", "secret-token"), ("Fastly-Soft-Purge", "1"), ("Surrogate-Key", "key:256")], calls[1].Fields);
        Assert.Equal(256, calls[0].Fields[2].Value.Split(' ').Length);
    }

    [Fact]
    public void Fastly_LongTags_NoFieldTooLongForAServer()
    {
        var tags = Enumerable.Range(0, 60).Select(i => $"key:{i}".PadRight(1_024, 'x')).ToList();

        var calls = CdnCalls.Of(new CdnPurge(tags, [], All: false, IsHard: true, null), Options(CdnKind.Fastly));

        Assert.All(calls, call => Assert.InRange(call.Fields[^1].Value.Length, 1, 15_000));
        Assert.Equal(tags, calls.SelectMany(call => call.Fields[^1].Value.Split(' ')));
    }

    [Fact]
    public void Fastly_Hard_NoSoftField()
    {
        var call = Assert.Single(CdnCalls.Of(Tags(1) with { IsHard = true }, Options(CdnKind.Fastly)));

        Assert.DoesNotContain(call.Fields, field => field.Name == "Fastly-Soft-Purge");
    }

    [Fact]
    public void Fastly_ByUrl_OneCallEach()
    {
        var purge = new CdnPurge([], ["https://nodejs.org/dist/a%20b"], All: false, IsHard: false, null);

        var call = Assert.Single(CdnCalls.Of(purge, Options(CdnKind.Fastly, CdnPurgeBy.Url)));

        Assert.Equal("https://api.fastly.com/purge/nodejs.org/dist/a%20b", call.Url.AbsoluteUri);
    }

    [Fact]
    public void Fastly_All_PurgeAll()
    {
        var call = Assert.Single(CdnCalls.Of(Everything, Options(CdnKind.Fastly)));

        Assert.Equal("https://api.fastly.com/service/s1/purge_all", call.Url.AbsoluteUri);
        Assert.Equal([("Fastly-Key", "secret-token")], call.Fields);
    }

    [Fact]
    public void Webhook_Anything_OneCallWithAll()
    {
        var purge = new CdnPurge(["key:a"], ["https://nodejs.org/dist/a"], All: false, IsHard: true, "checksums");

        var call = Assert.Single(CdnCalls.Of(purge, Options(CdnKind.Webhook)));

        Assert.Equal("https://hooks.example.org/purge?x=1", call.Url.AbsoluteUri);
        Assert.Equal([("Authorization", "Bearer secret-token")], call.Fields);
        Assert.Equal("""{"tags":["key:a"],"urls":["https://nodejs.org/dist/a"],"all":false,"hard":true,"reason":"checksums"}""", Json(call));
    }

    [Fact]
    public void None_Anything_NoCall()
    {
        Assert.Empty(CdnCalls.Of(Tags(1), new CdnOptions()));
    }

    [Fact]
    public void ToString_Call_NoToken()
    {
        Assert.Equal("POST https://hooks.example.org", Assert.Single(CdnCalls.Of(Tags(1), Options(CdnKind.Webhook))).ToString());
    }

    private static CdnPurge Tags(int count) => new([.. Enumerable.Range(0, count).Select(i => $"key:{i}")], [], All: false, IsHard: false, null);

    private static CdnOptions Options(CdnKind kind, CdnPurgeBy by = CdnPurgeBy.Tag) => new()
    {
        Kind = kind,
        PurgeBy = by,
        Token = "secret-token",
        Zone = "z1",
        Service = "s1",
        Url = kind == CdnKind.Webhook ? new Uri("https://hooks.example.org/purge?x=1") : null,
    };

    private static string Json(CdnCall call) => Encoding.UTF8.GetString(call.Json!);
}
