using System.Globalization;
using System.Text.RegularExpressions;
using FsCheck.Fluent;
using ReleaseServer.Testing.Http;
using ReleaseServer.Testing.Server;

namespace ReleaseServer.Tests.Pipeline;

/// <summary>Whatever a client writes for a path, it gets nothing from outside the bucket, no error of the server, and no header of its own making.</summary>
public sealed partial class HostilePathTests(HostileSite site) : IClassFixture<HostileSite>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Targets =>
    [
        .. File.ReadLines(Path.Combine(Repository.Root, "tests/ReleaseServer.Tests/Pipeline/HostilePaths.txt"))
            .Where(static line => line.Length > 0 && line[0] != '#')
            .Distinct(),
    ];

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Targets))]
    public async Task Get_HostileTarget_NothingFromOutside(string line)
    {
        await HoldsAsync(Expand(line), "GET");
    }

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Targets))]
    public async Task Head_HostileTarget_NothingFromOutside(string line)
    {
        await HoldsAsync(Expand(line), "HEAD");
    }

    [Fact]
    public async Task Get_TargetsMadeOfHostilePieces_NothingFromOutside()
    {
        var pieces = Gen.Elements(
            "/", "//", "..", ".", "%2e", "%2E%2e", "%2f", "%5c", "\\", "%252e", "%c0%ae", "%00", "%0d%0a", ";", "?", "#", "%", "%2", "%ff", "*", ":", "@",
            "dist", "file.txt", "secret.txt", "outside", "escape", "updir", "absolute", "reserved", ".release-server", "tmp", "old", "moved", "etc", "passwd",
            "http://", "bucket", "bucket-beside", "line%0d%0aSet-Cookie:%20x=1");
        var targets = Gen.ArrayOf(pieces).Select(static parts => "/" + string.Concat(parts));

        foreach (var target in targets.Sample(2_000, 12))
        {
            await HoldsAsync(target, "GET");
        }
    }

    [Fact]
    public async Task Get_TargetsOfAnyBytes_NothingFromOutside()
    {
        var bytes = Gen.Choose(1, 255).Where(static b => b is not ('\n' or '\r' or ' ')).Select(static b => (char)b);
        var targets = Gen.ArrayOf(bytes).Select(static parts => "/" + string.Concat(parts));

        foreach (var target in targets.Sample(500, 40))
        {
            await HoldsAsync(target, "GET");
        }
    }

    [Fact]
    public async Task Get_WholeBucket_ListedWithoutWhatIsReserved()
    {
        var response = await site.Server.AskAsync("GET", "/", Token);

        Assert.Equal(200, response.Status);
        Assert.Contains(">dist/</a>", response.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("release-server", response.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("release-server", (await site.Server.AskAsync("GET", "/", Token, "Accept: application/json")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_DirectoryWithLinksOut_ListedWithoutThem()
    {
        var text = (await site.Server.AskAsync("GET", "/dist/", Token)).Text;

        Assert.Contains(">file.txt</a>", text, StringComparison.Ordinal);
        Assert.DoesNotContain("escape", text, StringComparison.Ordinal);
        Assert.DoesNotContain("updir", text, StringComparison.Ordinal);
        Assert.DoesNotContain("reserved", text, StringComparison.Ordinal);
        Assert.Equal("a file of the bucket", (await site.Server.AskAsync("GET", "/dist/inside", Token)).Text);
    }

    private static string Expand(string line)
    {
        var text = Repeated().Replace(line, static match =>
            string.Concat(Enumerable.Repeat(match.Groups[2].Value, int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))));
        return RawByte().Replace(text, static match => ((char)Convert.ToByte(match.Groups[1].Value, 16)).ToString());
    }

    private async Task HoldsAsync(string target, string method)
    {
        RawResponse response;
        await using (var client = await RunningServer.ConnectAsync(site.Server.PublicPort, Token))
        {
            await client.SendAsync($"{method} {target} HTTP/1.1\r\nHost: localhost\r\n\r\n");
            response = await client.ReadResponseAsync(method);
        }

        Assert.True(response.Status is 200 or 301 or 302 or 400 or 404 or 414, $"{target} is answered with {response}");
        Assert.DoesNotContain(HostileSite.Secret, response.Text, StringComparison.Ordinal);
        Assert.False(response["Content-Length"] == HostileSite.Secret.Length.ToString(CultureInfo.InvariantCulture), $"{target} shows the length of a secret");
        Assert.Null(response["Set-Cookie"]);
        if (response["Location"] is { } location)
        {
            Assert.Matches(@"^/(?![/\\])[!-~]*$", location);
        }

        Assert.Equal(404, (await site.Server.AskAsync("GET", "/dist/still-there", Token)).Status);
    }

    [GeneratedRegex(@"\{(\d+)\*([^}]*)\}")]
    private static partial Regex Repeated();

    [GeneratedRegex(@"\\x([0-9a-f]{2})")]
    private static partial Regex RawByte();
}
