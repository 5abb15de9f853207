using ReleaseServer.Commands;
using ReleaseServer.Testing.Alerting;

namespace ReleaseServer.Tests.Commands;

/// <summary>A test alert reaches whoever would be told in earnest, and what is in its way is said.</summary>
public sealed class TestAlertCommandTests : IAsyncLifetime
{
    private readonly CommandRunner _runner = new();
    private AlertStub _stub = null!;

    public async ValueTask InitializeAsync() => _stub = await AlertStub.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _runner.Dispose();
        await _stub.DisposeAsync();
    }

    [Fact]
    public async Task TestAlert_BothSinks_BothTakeItWhateverTheSampleRate()
    {
        SetBoth();

        var result = await _runner.RunAsync("test-alert", "--Sentry:SampleRate=0.001", "--message", $"hello & {_stub.Webhook}");

        Assert.Equal((ExitCode.Success, ""), (result.ExitCode, result.Error));
        Assert.Equal([$"Sentry ({_stub.Url.Authority}) took it", $"Slack ({_stub.Url.Authority}) took it"], result.OutputLines);
        var sent = Assert.Single(_stub.Events);
        Assert.Equal(("error", "test-alert", "staging"), ((string)sent["level"]!, (string)sent["tags"]!["alert"]!, (string)sent["environment"]!));
        var post = Assert.Single(_stub.SlackCalls);
        Assert.Contains("hello &amp; ***", (string)post.Json["blocks"]![0]!["text"]!["text"]!, StringComparison.Ordinal);
        Assert.Contains("docs/sops/test-alert.md", post.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("very-secret-hook", _stub.SentryCalls[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TestAlert_OneSinkRefuses_OtherIsToldAndTheCommandFails()
    {
        SetBoth();
        _stub.ThenAnswer(401).ThenAnswer(200);

        var result = await _runner.RunAsync("test-alert");

        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.Equal([$"Sentry did not take it: {_stub.Url.Authority} answered 401"], result.ErrorLines);
        Assert.Equal([$"Slack ({_stub.Url.Authority}) took it"], result.OutputLines);
    }

    [Fact]
    public async Task TestAlert_NobodyListens_FailsAndSaysSo()
    {
        var result = await _runner.RunAsync("test-alert", "--Slack:WebhookUrl=http://127.0.0.1:1/services/hook");

        Assert.Equal((ExitCode.Failed, ""), (result.ExitCode, result.Output));
        Assert.StartsWith("Slack did not take it: 127.0.0.1:1 does not answer: ", Assert.Single(result.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TestAlert_NoSink_WrongSettings()
    {
        var result = await _runner.RunAsync("test-alert");

        Assert.Equal(ExitCode.Configuration, result.ExitCode);
        Assert.Equal(["Nobody is told of alerts but the log: neither Sentry:Dsn nor Slack:WebhookUrl is set"], result.ErrorLines);
    }

    [Fact]
    public async Task TestAlert_NoEventIsSentAtAll_SaysWhichSettingItIs()
    {
        SetBoth();

        var result = await _runner.RunAsync("test-alert", "--Sentry:SampleRate=0");

        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.Contains("Sentry:SampleRate is 0", result.Error, StringComparison.Ordinal);
        Assert.Empty(_stub.Events);
    }

    private void SetBoth()
    {
        _runner.Environment["SENTRY_DSN"] = _stub.Dsn;
        _runner.Environment["SENTRY_ENVIRONMENT"] = "staging";
        _runner.Environment["Slack__WebhookUrl"] = _stub.Webhook.AbsoluteUri;
    }
}
