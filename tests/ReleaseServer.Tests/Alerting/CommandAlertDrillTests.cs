using ReleaseServer.Alerting;
using ReleaseServer.Buckets;
using ReleaseServer.Sample;
using ReleaseServer.Testing.Alerting;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Server;
using ReleaseServer.Tests.Commands;

namespace ReleaseServer.Tests.Alerting;

/// <summary>
/// The drill of the alerts that one process raises and another finds to be over, as Sentry and Slack hear of them: each fires once, however often it is
/// seen, and resolves.
/// </summary>
public sealed class CommandAlertDrillTests : IAsyncLifetime
{
    private const string Version = "nodejs/release/v22.23.2/";

    private readonly CommandRunner _runner = new();
    private AlertStub _stub = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string[] Marks => Directory.Exists(_runner.Folder.In("data/state/open-alerts")) ? Directory.GetFiles(_runner.Folder.In("data/state/open-alerts")) : [];

    public async ValueTask InitializeAsync()
    {
        _stub = await AlertStub.StartAsync();
        _runner.Environment["SENTRY_DSN"] = _stub.Dsn;
        _runner.Environment["Slack__WebhookUrl"] = _stub.Webhook.AbsoluteUri;
    }

    public async ValueTask DisposeAsync()
    {
        _runner.Dispose();
        await _stub.DisposeAsync();
    }

    [Fact]
    public async Task Drill_StartFailed_FiresOnceAndResolvesWithTheNextStart()
    {
        // As a supervisor does, for different reasons.
        Assert.Equal(78, (await _runner.RunAsync("serve", "--Bucket:Kind=s3")).ExitCode);
        Assert.Equal(78, (await _runner.RunAsync("serve", "--Bucket:Kind=s3", "--Site:PollInterval=0")).ExitCode);
        _runner.Folder.Write("site/routes.json", "{");
        Assert.Equal(78, (await _runner.RunAsync("serve", "--Site:Path=site")).ExitCode);
        AssertTold(AlertKind.StartFailed, ("Raised", 0));
        Assert.Single(Marks);

        await using (var server = await StartAsync())
        {
            await server.Log.LineAsync("Alert start-failed is over: this node, seen 3 times, from ");
            await server.StopAsync(Token);
        }

        AssertTold(AlertKind.StartFailed, ("Raised", 0), ("Resolved", 2));
        Assert.Empty(Marks);

        // Which it says once, and of the next failure it tells anew.
        await using (var server = await StartAsync())
        {
            await server.StopAsync(Token);
        }

        await _runner.RunAsync("serve", "--Bucket:Kind=s3");
        AssertTold(AlertKind.StartFailed, ("Raised", 0), ("Resolved", 2), ("Raised", 0));
    }

    [Fact]
    public async Task Drill_StartFailed_SinksHang_TheServerStartsAllTheSame()
    {
        await _runner.RunAsync("serve", "--Bucket:Kind=s3");
        _stub.Hold = new TaskCompletionSource();

        await using var server = await StartAsync();

        Assert.Equal(200, (await server.AskAsync("GET", "/dist/v1/x", Token)).Status);
        await server.Log.LineAsync("Alert start-failed is over");
    }

    [Fact]
    public async Task Drill_VerificationFailed_FiresOnceAndResolvesWithAVerificationOfWhatWasFound()
    {
        var bucket = _runner.Folder.In("data/bucket/");
        Directory.CreateDirectory(bucket);
        using (var folder = new FolderBucket(bucket))
        {
            await SampleTree.WriteAsync(folder, Token);
        }

        await _runner.RunAsync("links");
        var file = bucket + Version + "node-v22.23.2.pkg";
        var good = await File.ReadAllBytesAsync(file, Token);
        await File.WriteAllTextAsync(file, "other bytes", Token);

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(1, (await _runner.RunAsync("verify", "--only", "checksums", "--only", "index")).ExitCode);
        }

        AssertTold(AlertKind.VerificationFailed, ("Raised", 0));
        Assert.Single(Marks);

        // Neither finds what was found, but could.
        var quick = await _runner.RunAsync("verify", "--quick");
        var dry = await _runner.RunAsync("verify", "--only", "links");
        Assert.Equal((0, 0), (quick.ExitCode, dry.ExitCode));
        Assert.Equal(["The alert verification-failed stays open until this is verified as well: checksums whole"], quick.ErrorLines);
        Assert.Equal(quick.ErrorLines, dry.ErrorLines);
        AssertTold(AlertKind.VerificationFailed, ("Raised", 0));

        await File.WriteAllBytesAsync(file, good, Token);
        Assert.Equal(new CommandResult(0, (await _runner.RunAsync("verify", "--only", "checksums", "--dry-run")).Output, ""), await _runner.RunAsync("verify", "--only", "checksums"));
        AssertTold(AlertKind.VerificationFailed, ("Raised", 0), ("Resolved", 2));
        Assert.Empty(Marks);

        await _runner.RunAsync("verify");
        AssertTold(AlertKind.VerificationFailed, ("Raised", 0), ("Resolved", 2));
    }

    private async Task<RunningServer> StartAsync()
    {
        var bucket = new InMemoryBucket();
        bucket.Put("nodejs/release/v1/x", "x"u8.ToArray());
        return await RunningServer.StartAsync(bucket, Token, configure: settings =>
        {
            settings.Site.StatePath = _runner.Folder.In("data/state");
            (settings.Sentry.Dsn, settings.Slack.WebhookUrl) = (_stub.Dsn, _stub.Webhook);
        });
    }

    // Both sinks: what Sentry has as tags, Slack has as words.
    private void AssertTold(AlertKind kind, params (string Phase, int Suppressed)[] expected)
    {
        Assert.Equal(
            expected.Select(told => (kind.Name, told.Phase, $"{told.Suppressed}")),
            _stub.Events.Select(static sent => ((string)sent["tags"]!["alert"]!, (string)sent["tags"]!["phase"]!, (string)sent["tags"]!["suppressed"]!)));
        Assert.Equal(
            expected.Select(told => $"{(told.Phase == "Raised" ? "Trouble" : "Over")}: {kind.Title}"),
            _stub.SlackCalls.Select(static call => ((string)call.Json["text"]!).Split(" (")[0]));
    }
}
