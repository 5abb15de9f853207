using Microsoft.Extensions.Logging;
using ReleaseServer.Site;

namespace ReleaseServer.Tests.Site;

public sealed class SitePollerTests : IAsyncLifetime
{
    // The interval and the tenth by which it is jittered.
    private static readonly TimeSpan AtLatest = TimeSpan.FromSeconds(2.2);

    private readonly LoadedSite _site = new();
    private readonly SitePoller _poller;

    public SitePollerTests() => _poller = new SitePoller(_site.Loader, _site.Options, _site.Alerts, _site.Clock, _site.Log.For<SitePoller>());

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await _poller.StartAsync(Cancellation);

    public async ValueTask DisposeAsync()
    {
        await _poller.StopAsync(Cancellation);
        _poller.Dispose();
        _site.Dispose();
    }

    [Fact]
    public async Task Poll_BeforeTheInterval_BucketNotAsked()
    {
        await _site.Clock.WaitForTimerAsync(Cancellation);

        _site.Clock.Advance(TimeSpan.FromSeconds(1.7));

        Assert.Equal(0, _site.Store.Heads);
    }

    [Fact]
    public async Task Poll_NewGeneration_SwappedIn()
    {
        await _site.PublishAsync(LoadedSite.Latest);

        await PollAsync();

        Assert.Equal(1, _site.Current.Snapshot?.Generation.Generation);
    }

    [Fact]
    public async Task Poll_NothingChanged_OneHeadEach()
    {
        await _site.PublishAsync(LoadedSite.Latest);
        await PollAsync();
        var (heads, opens) = (_site.Store.Heads, _site.Store.Opens);

        await PollAsync();
        await PollAsync();

        Assert.Equal((heads + 2, opens), (_site.Store.Heads, _site.Store.Opens));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Poll_UnexpectedException_LoggedAndPollingGoesOn(bool isCancellation)
    {
        // A cancellation that is not the host's own is a programming error like any other; it must not look like a stop.
        _site.Trouble = isCancellation ? new OperationCanceledException() : new InvalidOperationException("Oops");
        await PollAsync();
        var errors = _site.Log.Of(LogLevel.Error);

        _site.Trouble = null;
        await _site.PublishAsync(LoadedSite.Latest);
        await PollAsync();

        Assert.Equal(["Looking for a new site generation failed"], errors);
        Assert.Equal(1, _site.Current.Snapshot?.Generation.Generation);
    }

    [Fact]
    public async Task Stop_WhileWaiting_EndsWithoutATrace()
    {
        await _site.Clock.WaitForTimerAsync(Cancellation);

        await _poller.StopAsync(Cancellation);

        Assert.True(_poller.ExecuteTask!.IsCompletedSuccessfully);
        Assert.Empty(_site.Log.Lines);
    }

    // The poll is over once the poller waits again; a poller that has ended never would.
    private async Task PollAsync()
    {
        await _site.Clock.WaitForTimerAsync(Cancellation);
        _site.Clock.Advance(AtLatest);
        var waits = _site.Clock.WaitForTimerAsync(Cancellation);
        Assert.Same(waits, await Task.WhenAny(waits, _poller.ExecuteTask!));
    }
}
