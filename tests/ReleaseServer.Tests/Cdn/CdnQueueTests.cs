using Microsoft.Extensions.Logging;
using ReleaseServer.Cdn;
using ReleaseServer.Testing.Cdn;
using ReleaseServer.Testing.Logging;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Cdn;

public sealed class CdnQueueTests : IAsyncLifetime
{
    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 8, 5, 14, 3, 0, TimeSpan.Zero));
    private readonly LogLineRecorder _log = new();
    private CdnStub _stub = null!;
    private CdnClient _client = null!;
    private CdnQueue _queue = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _stub = await CdnStub.StartAsync();
        _client = new CdnClient(new CdnOptions { Kind = CdnKind.Cloudflare, Url = _stub.Url, Token = "very-secret-token", Zone = "z1" }, _clock);
        _queue = new CdnQueue(_client, _clock, _log.For<CdnQueue>());
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Dispose();
        _client.Dispose();
        await _stub.DisposeAsync();
    }

    [Fact]
    public async Task Enqueue_Several_SentInOrderInTheBackground()
    {
        await _queue.StartAsync(Cancellation);
        for (var i = 0; i < 3; i++)
        {
            Assert.True(_queue.TryEnqueue(Purge(i)));
            await _stub.WaitForCallAsync(Cancellation);
        }

        await _queue.StopAsync(Cancellation);

        Assert.Equal(["""{"tags":["key:0"]}""", """{"tags":["key:1"]}""", """{"tags":["key:2"]}"""], _stub.Calls.Select(call => call.Body));
        Assert.Equal(3, _log.Of(LogLevel.Information).Count(line => line == "The CDN was told to purge 1 tags, in 1 calls"));
    }

    [Fact]
    public async Task Enqueue_OneFails_SaidWithoutTheTokenAndTheNextSent()
    {
        _stub.ThenAnswer(403, "very-secret-token");
        await _queue.StartAsync(Cancellation);

        _queue.TryEnqueue(Purge(0));
        _queue.TryEnqueue(Purge(1));
        await _queue.StopAsync(Cancellation);

        Assert.Equal(2, _stub.Calls.Count);
        Assert.Equal([$"The CDN was not told of a purge: {_stub.Url.Authority} answered 403"], _log.Of(LogLevel.Error));
        Assert.DoesNotContain(_log.Lines, line => line.Contains("very-secret-token", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Enqueue_MoreThanAThousandWait_OldestDroppedAndSaidOnce()
    {
        for (var i = 0; i < CdnQueue.Capacity + 5; i++)
        {
            Assert.True(_queue.TryEnqueue(Purge(i)));
        }

        await _queue.StartAsync(Cancellation);
        await _stub.WaitForCallAsync(Cancellation);

        Assert.Equal("""{"tags":["key:5"]}""", _stub.Calls[0].Body);
        Assert.Equal(["More than 1000 purges wait for the CDN: the oldest are dropped until it keeps up"], _log.Of(LogLevel.Error));
        await StopAtOnceAsync();
    }

    [Fact]
    public async Task Stop_SomeWaiting_SentFirst()
    {
        _queue.TryEnqueue(Purge(0));
        _queue.TryEnqueue(Purge(1));
        await _queue.StartAsync(Cancellation);

        await _queue.StopAsync(Cancellation);

        Assert.Equal(2, _stub.Calls.Count);
        Assert.False(_queue.TryEnqueue(Purge(2)));
    }

    [Fact]
    public async Task Stop_CdnDoesNotAnswer_EndsAtTheLimitAndSaysWhatIsLeft()
    {
        _stub.Hold = new TaskCompletionSource();
        await _queue.StartAsync(Cancellation);
        _queue.TryEnqueue(Purge(0));
        _queue.TryEnqueue(Purge(1));
        await _stub.WaitForCallAsync(Cancellation);

        var stopping = _queue.StopAsync(Cancellation);
        await _clock.WaitForTimerAsync(Cancellation);
        _clock.Advance(TimeSpan.FromSeconds(10));
        await stopping;

        Assert.Equal(
            ["The CDN was not told of a purge: the server is stopping", "The CDN was not told of 1 purges that still waited: the server is stopping"],
            _log.Of(LogLevel.Error));
    }

    private static CdnPurge Purge(int i) => new([$"key:{i}"], [], All: false, IsHard: false, null);

    private async Task StopAtOnceAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _queue.StopAsync(now.Token);
    }
}
