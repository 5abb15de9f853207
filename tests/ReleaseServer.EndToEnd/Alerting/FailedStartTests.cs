using System.Net;
using System.Net.Sockets;
using ReleaseServer.EndToEnd.Processes;
using ReleaseServer.Testing.Alerting;

namespace ReleaseServer.EndToEnd.Alerting;

/// <summary>The built server with an address in use, started again and again as by a supervisor, and then with one that is free.</summary>
public sealed class FailedStartTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _home = new();
    private AlertStub _stub = null!;

    public async ValueTask InitializeAsync() => _stub = await AlertStub.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _stub.DisposeAsync();
        _home.Dispose();
    }

    [Fact]
    public async Task Serve_FailsTwiceAndStarts_ToldOnceAndThatItIsOver()
    {
        Directory.CreateDirectory(_home["bucket"]);
        string[] settings = ["--Bucket:Path=bucket", $"--Sentry:Dsn={_stub.Dsn}", $"--Slack:WebhookUrl={_stub.Webhook}"];
        using (var other = new TcpListener(IPAddress.Loopback, 0))
        {
            other.Start();
            string[] taken = [$"--Server:Urls=http://{other.LocalEndpoint}", "--Server:AdminUrls=http://127.0.0.1:0"];
            (await ServerProcess.RunAsync("serve", _home.Path, [.. settings, .. taken])).Expect(1);
            (await ServerProcess.RunAsync("serve", _home.Path, [.. settings, .. taken])).Expect(1);
        }

        await using (await ServerProcess.StartAsync(_home.Path, settings))
        {
            // Two were of the failure.
            for (var i = 0; i < 3; i++)
            {
                await _stub.WaitForCallAsync(TestContext.Current.CancellationToken);
            }
        }

        Assert.Equal(["Raised", "Resolved"], _stub.Events.Select(static sent => (string)sent["tags"]!["phase"]!));
        Assert.Equal(["Trouble: Server did not start", "Over: Server did not start"], _stub.SlackCalls.Select(static call => ((string)call.Json["text"]!).Split(" (")[0]));
        Assert.Empty(Directory.GetFiles(_home["data/state/open-alerts"]));
    }
}
