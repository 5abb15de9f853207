namespace ReleaseServer.Tests.Commands;

public sealed class CheckCommandTests : IDisposable
{
    private readonly CommandRunner _runner = new();

    public void Dispose() => _runner.Dispose();

    [Fact]
    public async Task Check_OfflineWithSecrets_AsInTheGoldenFileWithTheSecretsMasked()
    {
        _runner.Environment["Bucket__SecretKey"] = "hunter2";
        _runner.Environment["SENTRY_DSN"] = "https://hunter3@o0.ingest.sentry.io/42";
        _runner.Environment["Slack__WebhookUrl"] = "https://hooks.slack.com/services/hunter4";

        var result = await _runner.RunAsync("check", "--offline", "--Bucket:Kind=s3", "--Bucket:Name=releases", "--Bucket:AccessKey=hunter1");

        Golden.Equal("check-offline.txt", result.Output);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.DoesNotContain("hunter", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_SiteOfOnesOwn_NothingOfNodeInIt()
    {
        _runner.Folder.Write("data/bucket/x", "x");
        _runner.Folder.Write("site/routes.json", """{ "format": 1, "routes": [ { "path": "/old/", "key": "old/", "listing": false }, { "path": "/", "key": "" } ] }""");

        var result = await _runner.RunAsync("check", "--Site:Path=site");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(
            [
                "Routes ({directory}/site)",
                "  /old/  -> old/, not listed",
                "  /      -> (the whole bucket)",
                "Redirects: none",
                "Releases: none",
                "Freshness (catalog advisory)",
                "  .release-server/catalog/**  listing",
                "  (other objects)             default",
                "  (listings)                  listing",
                "  (absence)                   absence",
                "Freshness classes",
                "  default  fresh 1m, then stale 1m, on failure 7d",
                "  listing  fresh 10s, then stale 30s, on failure 7d",
                "  absence  fresh 2s, then stale 0, on failure 0",
                "Media types",
                "  60 extensions  others text/plain",
                "Bucket",
                "  folder {directory}/data/bucket  answers; no links are published: run links and catalog",
            ],
            result.OutputLines.SkipWhile(line => !line.StartsWith("Routes", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Check_BucketAtEachStage_SaysWhatIsThere()
    {
        Directory.CreateDirectory(_runner.Folder.In("data/bucket"));
        var empty = await LastLineAsync();
        _runner.Folder.Write("data/bucket/nodejs/release/v26.7.0/a", "x");
        await _runner.RunAsync("links");
        var linked = await LastLineAsync();
        await _runner.RunAsync("catalog");
        var listed = await LastLineAsync();

        Assert.EndsWith("  answers; is empty", empty, StringComparison.Ordinal);
        Assert.EndsWith("  answers; generation 1, 2 links, no catalog: run catalog", linked, StringComparison.Ordinal);
        Assert.EndsWith("  answers; generation 2, 2 links, with a catalog", listed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_BrokenGeneration_FaultsInsteadOfAStackTrace()
    {
        _runner.Folder.Write(
            "data/bucket/.release-server/generation.json",
            """{ "format": 1, "generation": 9, "published": "2026-08-05T14:03:00Z", "links": "../x" }""");

        var result = await _runner.RunAsync("check");

        Assert.Equal(78, result.ExitCode);
        Assert.Equal(["generation.json: links must name a document, such as links/7-0123456789ab.json; is '../x'"], result.ErrorLines);
    }

    [Fact]
    public async Task Check_BucketFails_SaidInTheReportAsWell()
    {
        var result = await _runner.RunAsync("check");

        Assert.Equal(1, result.ExitCode);
        Assert.Equal(
            ["Bucket", "  folder {directory}/data/bucket  The bucket's directory {directory}/data/bucket is not there"],
            result.OutputLines.TakeLast(2));
        Assert.Equal(["The bucket's directory {directory}/data/bucket is not there"], result.ErrorLines);
    }

    private async Task<string> LastLineAsync() => (await _runner.RunAsync("check")).OutputLines[^1];
}
