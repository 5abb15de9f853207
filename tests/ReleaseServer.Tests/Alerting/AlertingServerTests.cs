using System.Net;
using Microsoft.Extensions.DependencyInjection;
using ReleaseServer.Alerting;
using ReleaseServer.Buckets;
using ReleaseServer.Testing.Alerting;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Http;
using ReleaseServer.Testing.Server;

namespace ReleaseServer.Tests.Alerting;

/// <summary>A whole server in trouble, with Sentry and Slack connected.</summary>
public sealed class AlertingServerTests : IAsyncLifetime
{
    private readonly FaultyBucket _bucket = new(new InMemoryBucket());
    private AlertStub _stub = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _stub = await AlertStub.StartAsync();

    public ValueTask DisposeAsync() => _stub.DisposeAsync();

    [Fact]
    public async Task Serve_TenThousandRequestsGoUnanswered_AFewEventsAndOnePost()
    {
        await using var server = await StartAsync();
        _bucket.FailAll(static () => new BucketUnavailableException("The bucket is on fire"));

        await AskAsync(server, 10_000);
        await server.StopAsync(Cancellation);

        Assert.InRange(_stub.Events.Count, 1, 5);
        Assert.InRange(_stub.SlackCalls.Count, 1, 2);
        var begun = _stub.Events[0];
        Assert.Equal(("unanswered", "Raised"), ((string)begun["tags"]!["alert"]!, (string)begun["tags"]!["phase"]!));
        Assert.Equal(("/dist/", "nodejs/release/x", "storm/1"), ((string)begun["tags"]!["route"]!, (string)begun["tags"]!["key"]!, (string)begun["tags"]!["user_agent"]!));
        Assert.NotEmpty((string)begun["tags"]!["request_id"]!);
        Assert.Contains(begun["breadcrumbs"]!.AsArray(), crumb => (string)crumb!["category"]! == "fallback");
        Assert.Contains("The bucket is on fire", (string)_stub.SlackCalls[0].Json["blocks"]![0]!["text"]!["text"]!, StringComparison.Ordinal);

        // Unanswered, and the breaker that opened; each once.
        var errors = server.Log.Lines.Where(static line => line.StartsWith("Error", StringComparison.Ordinal)).ToList();
        Assert.InRange(errors.Count, 1, 3);
        Assert.Equal(errors.Distinct(), errors);
    }

    [Fact]
    public async Task Serve_BothSinksHang_EveryRequestIsAnswered()
    {
        _stub.Hold = new TaskCompletionSource();
        await using var server = await StartAsync();
        _bucket.FailAll(static () => new BucketUnavailableException("The bucket is on fire"));

        await AskAsync(server, 1_000);

        Assert.InRange(_stub.Calls.Count, 0, 2);
        _stub.Hold.SetResult();
    }

    [Fact]
    public async Task Serve_BothSinksAskForPatience_NotOneCallMore()
    {
        _stub.Usual = (429, [("Retry-After", "3600")]);
        await using var server = await StartAsync();
        _bucket.FailAll(static () => new BucketUnavailableException("The bucket is on fire"));
        await AskAsync(server, 1);
        await _stub.WaitForCallAsync(Cancellation);
        await _stub.WaitForCallAsync(Cancellation);

        await AskAsync(server, 1_000);
        server.Services.GetRequiredService<IAlerts>().Raise(new Alert(AlertKind.BucketDown, "another", "It does not answer."));
        await server.StopAsync(Cancellation);

        Assert.Equal((1, 1), (_stub.SentryCalls.Count, _stub.SlackCalls.Count));
    }

    [Fact]
    public async Task Serve_ProgrammingError_EventWithTheStackAndNoPost()
    {
        await using var server = await StartAsync();
        _bucket.FailAll(static () => new InvalidOperationException("A mistake of ours"));

        using var client = NewClient(server);
        using var response = await client.GetAsync("/dist/x?token=very-secret", Cancellation);
        await server.StopAsync(Cancellation);

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        var sent = Assert.Single(_stub.Events);
        Assert.Equal("unexpected-error", (string)sent["tags"]!["alert"]!);
        Assert.StartsWith("InvalidOperationException in ReleaseServer.", (string)sent["fingerprint"]![1]!, StringComparison.Ordinal);
        Assert.Contains(sent["exception"]!["values"]![0]!["stacktrace"]!["frames"]!.AsArray(), frame => (bool)frame!["in_app"]!);
        Assert.DoesNotContain("very-secret", _stub.SentryCalls[0].Text, StringComparison.Ordinal);
        Assert.Empty(_stub.SlackCalls);
    }

    private static async Task AskAsync(RunningServer server, int requests)
    {
        using var client = NewClient(server);
        await Parallel.ForAsync(0, requests, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Cancellation }, async (_, token) =>
        {
            using var response = await client.GetAsync("/dist/x", token);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        });
    }

    private static HttpClient NewClient(RunningServer server)
    {
        var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{server.PublicPort}"), Timeout = RawClient.Patience };
        client.DefaultRequestHeaders.UserAgent.ParseAdd("storm/1");
        return client;
    }

    private Task<RunningServer> StartAsync() => RunningServer.StartAsync(_bucket, Cancellation, configure: settings =>
    {
        settings.Sentry.Dsn = _stub.Dsn;
        settings.Slack.WebhookUrl = _stub.Webhook;
    });
}
