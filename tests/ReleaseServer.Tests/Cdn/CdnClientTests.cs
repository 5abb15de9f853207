using ReleaseServer.Cdn;
using ReleaseServer.Testing.Cdn;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Cdn;

/// <summary>Calls over the wire: what is tried again, when, and what is said of it.</summary>
public sealed class CdnClientTests : IAsyncLifetime
{
    private const string Token = "very-secret-token";

    private static readonly CdnPurge OneTag = new(["key:a"], [], All: false, IsHard: false, null);

    // Longer than any wait of ours, and than none that a CDN asks for.
    private static readonly TimeSpan AtLatest = TimeSpan.FromSeconds(20);

    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 8, 5, 14, 3, 0, TimeSpan.Zero));
    private CdnStub _stub = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _stub = await CdnStub.StartAsync();

    public ValueTask DisposeAsync() => _stub.DisposeAsync();

    [Fact]
    public async Task Send_Cloudflare_CallAsTheApiWantsIt()
    {
        var result = await SendAsync(OneTag);

        Assert.Equal(new CdnResult(1, null), result);
        var call = Assert.Single(_stub.Calls);
        Assert.Equal(("POST", "/zones/z1/purge_cache", """{"tags":["key:a"]}"""), (call.Method, call.Target, call.Body));
        Assert.Equal(($"Bearer {Token}", "application/json"), (call.Fields["Authorization"], call.Fields["Content-Type"]));
    }

    [Fact]
    public async Task Send_Fastly_KeysInAField()
    {
        var result = await SendAsync(OneTag, CdnKind.Fastly);

        Assert.Equal(new CdnResult(1, null), result);
        var call = Assert.Single(_stub.Calls);
        Assert.Equal(("POST", "/service/s1/purge"), (call.Method, call.Target));
        Assert.Equal((Token, "1", "key:a"), (call.Fields["Fastly-Key"], call.Fields["Fastly-Soft-Purge"], call.Fields["Surrogate-Key"]));
    }

    [Fact]
    public async Task Send_ManyTags_OneCallAfterTheOther()
    {
        var purge = OneTag with { Tags = [.. Enumerable.Range(0, 65).Select(i => $"key:{i}")] };

        var result = await SendAsync(purge);

        Assert.Equal(new CdnResult(3, null), result);
        Assert.Equal(3, _stub.Calls.Count);
    }

    [Fact]
    public async Task Send_429WithRetryAfter_NotBeforeItIsOver()
    {
        _stub.ThenAnswer(429, retryAfter: "30");

        var sending = SendAsync(OneTag);
        await _clock.WaitForTimerAsync(Cancellation);
        _clock.Advance(TimeSpan.FromSeconds(29.9));
        var before = _stub.Calls.Count;
        _clock.Advance(TimeSpan.FromSeconds(0.2));

        Assert.Equal(new CdnResult(1, null), await sending);
        Assert.Equal((1, 2), (before, _stub.Calls.Count));
    }

    [Fact]
    public async Task Send_429WithADate_NotBeforeIt()
    {
        _stub.ThenAnswer(429, retryAfter: "Wed, 05 Aug 2026 14:03:40 GMT");

        var sending = SendAsync(OneTag);
        await _clock.WaitForTimerAsync(Cancellation);
        _clock.Advance(TimeSpan.FromSeconds(39));
        var before = _stub.Calls.Count;
        _clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Null((await sending).Trouble);
        Assert.Equal((1, 2), (before, _stub.Calls.Count));
    }

    [Fact]
    public async Task Send_RetryAfterAnHour_GivenUpAtOnce()
    {
        _stub.ThenAnswer(429, retryAfter: "3600");

        var result = await SendAsync(OneTag);

        Assert.Equal(new CdnResult(0, $"{_stub.Url.Authority} answered 429"), result);
        Assert.Single(_stub.Calls);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    public async Task Send_FailsThenSucceeds_ToldAndSentAgainWhole(int status)
    {
        _stub.ThenAnswer(status).ThenAnswer(status);

        var result = await SendWithRetriesAsync(OneTag, 2);

        Assert.Null(result.Trouble);
        Assert.Equal(3, _stub.Calls.Count);
        Assert.Single(_stub.Calls.Select(call => (call.Body, call.Fields["Authorization"])).Distinct());
    }

    [Fact]
    public async Task Send_FailsAlways_GivenUpAfterFiveTriesWithoutTheToken()
    {
        for (var i = 0; i < 10; i++)
        {
            _stub.ThenAnswer(500, Token);
        }

        var result = await SendWithRetriesAsync(OneTag, 4);

        Assert.Equal(new CdnResult(0, $"{_stub.Url.Authority} answered 500"), result);
        Assert.Equal(5, _stub.Calls.Count);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(302)]
    public async Task Send_Refused_NotTriedAgain(int status)
    {
        _stub.ThenAnswer(status);

        var result = await SendAsync(OneTag);

        Assert.Equal(new CdnResult(0, $"{_stub.Url.Authority} answered {status}"), result);
        Assert.Single(_stub.Calls);
    }

    [Theory]
    [InlineData("""{"success":false,"errors":[]}""")]
    [InlineData("[]")]
    [InlineData("<html>")]
    public async Task Send_CloudflareAnswers200ButNotSuccess_Trouble(string body)
    {
        _stub.ThenAnswer(200, body);

        var result = await SendAsync(OneTag);

        Assert.Equal($"{_stub.Url.Authority} answered 200, but not that it succeeded", result.Trouble);
    }

    [Fact]
    public async Task Send_SecondCallRefused_SaysHowManySucceeded()
    {
        _stub.ThenAnswer(200, CdnStub.Success).ThenAnswer(403);

        var result = await SendAsync(OneTag with { Tags = [.. Enumerable.Range(0, 65).Select(i => $"key:{i}")] });

        Assert.Equal(new CdnResult(1, $"{_stub.Url.Authority} answered 403; 1 of 3 calls had succeeded"), result);
    }

    [Fact]
    public async Task Send_NobodyThere_TriedAgainThenTroubleWithoutTheToken()
    {
        var url = _stub.Url;
        await _stub.DisposeAsync();
        _stub = await CdnStub.StartAsync();

        var sending = SendAsync(OneTag, url: url);
        var result = await AdvanceAsync(sending, 4);

        Assert.StartsWith($"{url.Authority} does not answer: Connection refused", result.Trouble, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, result.Trouble, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_Obstacle_NoCall()
    {
        var result = await SendAsync(OneTag with { Obstacle = "no" });

        Assert.Equal(new CdnResult(0, "no"), result);
        Assert.Empty(_stub.Calls);
    }

    [Fact]
    public async Task Send_Cancelled_EndsAndThrows()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        _stub.Hold = new TaskCompletionSource();
        using var client = Client(CdnKind.Cloudflare, _stub.Url);

        var sending = client.SendAsync(OneTag, stop.Token);
        await _stub.WaitForCallAsync(Cancellation);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
    }

    private async Task<CdnResult> SendAsync(CdnPurge purge, CdnKind kind = CdnKind.Cloudflare, Uri? url = null)
    {
        using var client = Client(kind, url ?? _stub.Url);
        return await client.SendAsync(purge, Cancellation);
    }

    private Task<CdnResult> SendWithRetriesAsync(CdnPurge purge, int retries) => AdvanceAsync(SendAsync(purge), retries);

    private async Task<CdnResult> AdvanceAsync(Task<CdnResult> sending, int retries)
    {
        for (var i = 0; i < retries; i++)
        {
            await _clock.WaitForTimerAsync(Cancellation);
            _clock.Advance(AtLatest);
        }

        return await sending;
    }

    private CdnClient Client(CdnKind kind, Uri url) =>
        new(new CdnOptions { Kind = kind, Url = url, Token = Token, Zone = "z1", Service = "s1" }, _clock);
}
