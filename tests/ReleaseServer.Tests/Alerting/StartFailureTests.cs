using System.Text.Json.Nodes;
using ReleaseServer.Commands;
using ReleaseServer.Testing.Alerting;
using ReleaseServer.Tests.Commands;

namespace ReleaseServer.Tests.Alerting;

/// <summary>A server that does not start says so to those who do not look at its terminal.</summary>
public sealed class StartFailureTests : IAsyncLifetime
{
    private readonly CommandRunner _runner = new();
    private AlertStub _stub = null!;

    public async ValueTask InitializeAsync()
    {
        _stub = await AlertStub.StartAsync();
        _runner.Environment["SENTRY_DSN"] = _stub.Dsn;
        _runner.Environment["SENTRY_ENVIRONMENT"] = "staging";
        _runner.Environment["Slack__WebhookUrl"] = _stub.Webhook.AbsoluteUri;
    }

    public async ValueTask DisposeAsync()
    {
        _runner.Dispose();
        await _stub.DisposeAsync();
    }

    [Fact]
    public async Task Serve_SettingsWrongElsewhere_Told()
    {
        var result = await _runner.RunAsync("serve", "--Bucket:Kind=s3", "--Site:PollInterval=0");

        Assert.Equal(ExitCode.Configuration, result.ExitCode);
        var sent = Assert.Single(_stub.Events);
        Assert.Equal(("fatal", "start-failed", "staging"), ((string)sent["level"]!, (string)sent["tags"]!["alert"]!, (string)sent["environment"]!));
        Assert.Contains("Bucket:Name (not set): is required", (string)sent["logentry"]!["formatted"]!, StringComparison.Ordinal);
        Assert.Contains("Site:PollInterval", (string)Assert.Single(_stub.SlackCalls).Json["blocks"]![0]!["text"]!["text"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_SiteDataWrong_Told()
    {
        _runner.Folder.Write("site/routes.json", "{");

        var result = await _runner.RunAsync("serve", "--Site:Path=site");

        Assert.Equal(ExitCode.Configuration, result.ExitCode);
        Assert.Contains("routes.json: line 1: is not JSON", (string)Assert.Single(_stub.Events)["logentry"]!["formatted"]!, StringComparison.Ordinal);
        Assert.Single(_stub.SlackCalls);
    }

    [Fact]
    public async Task Serve_SettingsOfAlertsWrong_NobodyToldAndAllFaultsPrinted()
    {
        var result = await _runner.RunAsync("serve", "--Sentry:SampleRate=2", "--Bucket:Kind=s3");

        Assert.Equal(ExitCode.Configuration, result.ExitCode);
        Assert.Contains("Sentry:SampleRate (command line): must be 0 to 1, is '2'", result.Error, StringComparison.Ordinal);
        Assert.Empty(_stub.Calls);
    }

    [Fact]
    public async Task OtherVerb_SettingsWrong_NobodyToldBecauseSomebodyLooks()
    {
        var result = await _runner.RunAsync("links", "--Bucket:Kind=s3");

        Assert.Equal(ExitCode.Configuration, result.ExitCode);
        Assert.Empty(_stub.Calls);
    }

    [Fact]
    public async Task Serve_SinksHang_EndsAllTheSame()
    {
        _stub.Hold = new TaskCompletionSource();

        var result = await _runner.RunAsync("serve", "--Bucket:Kind=s3", "--Sentry:ShutdownTimeout=50ms");

        Assert.Equal(ExitCode.Configuration, result.ExitCode);
    }

    [Fact]
    public async Task Serve_FailsAgainAfterAnHour_ToldThatItGoesOn()
    {
        await _runner.RunAsync("serve", "--Bucket:Kind=s3");
        await _runner.RunAsync("serve", "--Bucket:Kind=s3");
        AgeMark(TimeSpan.FromMinutes(61));

        await _runner.RunAsync("serve", "--Bucket:Kind=s3");
        await _runner.RunAsync("serve", "--Bucket:Kind=s3");

        Assert.Equal(["Raised", "Ongoing"], _stub.Events.Select(static sent => (string)sent["tags"]!["phase"]!));
        Assert.Equal((3, 1), ((int)_stub.Events[1]["extra"]!["count"]!, (int)_stub.Events[1]["extra"]!["suppressed"]!));
    }

    [Fact]
    public async Task Serve_NobodyTookIt_ToldAnewByTheNext()
    {
        _stub.Usual = (500, []);
        await _runner.RunAsync("serve", "--Bucket:Kind=s3");
        _stub.Usual = null;

        await _runner.RunAsync("serve", "--Bucket:Kind=s3");
        await _runner.RunAsync("serve", "--Bucket:Kind=s3");

        Assert.Equal(["Raised", "Raised"], _stub.Events.Select(static sent => (string)sent["tags"]!["phase"]!));
        Assert.Equal(2, _stub.SlackCalls.Count);
    }

    [Fact]
    public async Task Serve_NoPlaceForTheMark_ToldEachTimeAndSaysWhy()
    {
        _runner.Folder.Write("state", "a file");

        await _runner.RunAsync("serve", "--Bucket:Kind=s3", "--Site:StatePath=state");
        var result = await _runner.RunAsync("serve", "--Bucket:Kind=s3", "--Site:StatePath=state");

        Assert.Equal(ExitCode.Configuration, result.ExitCode);
        Assert.Equal(2, _stub.SlackCalls.Count);
        Assert.StartsWith("That the alert start-failed is open cannot be remembered, so nobody will be told when it is over: ", result.ErrorLines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_FileIsNoMark_ToldAsTheFirst()
    {
        await _runner.RunAsync("serve", "--Bucket:Kind=s3");
        File.WriteAllText(Mark(), "{");

        await _runner.RunAsync("serve", "--Bucket:Kind=s3");

        Assert.Equal(["Raised", "Raised"], _stub.Events.Select(static sent => (string)sent["tags"]!["phase"]!));
    }

    private string Mark() => Assert.Single(Directory.GetFiles(_runner.Folder.In("data/state/open-alerts")));

    private void AgeMark(TimeSpan time)
    {
        var mark = JsonNode.Parse(File.ReadAllText(Mark()))!;
        mark["told"] = (DateTimeOffset)mark["told"]! - time;
        File.WriteAllText(Mark(), mark.ToJsonString());
    }
}
