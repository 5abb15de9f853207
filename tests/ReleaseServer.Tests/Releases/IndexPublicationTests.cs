using System.Text;
using ReleaseServer.Releases;
using ReleaseServer.Site;
using ReleaseServer.Testing.Buckets;
using static ReleaseServer.Tests.Releases.IndexOfTest;

namespace ReleaseServer.Tests.Releases;

/// <summary>A new index where nodes go by documents that a publication names.</summary>
public sealed class IndexPublicationTests : IAsyncLifetime
{
    private InMemoryBucket _bucket = null!;
    private SitePublisher _publisher = null!;

    public async ValueTask InitializeAsync()
    {
        _bucket = await SampleAsync();
        _publisher = new SitePublisher(_bucket, TimeProvider.System);
        await PinAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Publish_Pinned_DocumentsAndObjectsSayTheNewAndNodesPurge()
    {
        var (published, index, build) = await BuildChangeAsync();

        var done = await Publication().PublishAsync(Release, published, index, build, Token);

        var after = await _publisher.ReadLinksAsync(Token);
        var effective = await ChannelIndex.ReadAsync(_bucket, Release, after.Overlay, Token);
        var plain = await ChannelIndex.ReadAsync(_bucket, Release, Token);
        Assert.True(done);
        Assert.Equal(build.Json.ToArray(), effective.Json!.Content.ToArray());
        Assert.Equal(build.Tab.ToArray(), effective.Tab!.Content.ToArray());
        Assert.Equal(build.Json.ToArray(), plain.Json!.Content.ToArray());
        Assert.Equal(2, after.Document.Documents.Count);
        Assert.Equal((2, 1), ((await _publisher.ReadGenerationAsync(Token)).Generation, (await _publisher.ReadGenerationAsync(Token)).Purges));
    }

    [Fact]
    public async Task Publish_AnotherWasFaster_FalseAndNothingIsChanged()
    {
        var (published, index, build) = await BuildChangeAsync();
        await PinAsync();
        var generation = await _publisher.ReadGenerationAsync(Token);

        var done = await Publication().PublishAsync(Release, published, index, build, Token);

        Assert.False(done);
        Assert.Equal(generation, await _publisher.ReadGenerationAsync(Token));
    }

    [Fact]
    public async Task Publish_WhileAPromotionIsAtWork_Refused()
    {
        var (published, index, build) = await BuildChangeAsync();
        await using var lease = await PublisherLease.AcquireAsync(_bucket, "somebody@else", "promote v26.8.0", TimeProvider.System, Token);

        await Assert.ThrowsAsync<LeaseHeldException>(() => Publication().PublishAsync(Release, published, index, build, Token));
    }

    private IndexPublication Publication() => new(_bucket, _publisher, TimeProvider.System, "test");

    private async Task<(PublishedLinks Published, ChannelIndex Index, IndexBuild Build)> BuildChangeAsync()
    {
        var published = await _publisher.ReadLinksAsync(Token);
        var index = await ChannelIndex.ReadAsync(_bucket, Release, published.Overlay, Token);
        var build = await BuildAsync(_bucket, new IndexRequest(Release)
        {
            Json = index.Json!.Content,
            Tab = index.Tab!.Content,
            Given = new Dictionary<string, VersionFacts> { ["v26.7.0"] = new() { Security = true } },
        });
        Assert.Contains("\"security\":true", Encoding.UTF8.GetString(build.Json.Span).Split('\n')[1], StringComparison.Ordinal);
        return (published, index, build);
    }

    // As a promotion leaves it.
    private async Task PinAsync()
    {
        var index = await ChannelIndex.ReadAsync(_bucket, Release, Token);
        var generation = await _publisher.ReadGenerationAsync(Token);
        var pins = await new IndexPins(_bucket).WriteAsync(
            Release, generation.Generation + 1, index.Json!.Content, index.Tab!.Content, new DateTimeOffset(2026, 8, 5, 14, 0, 0, TimeSpan.Zero), Token);
        await _publisher.PublishLinksAsync(_ => Task.FromResult<LinksDocument?>(new LinksDocument(0, []) { Documents = pins }), purge: null, Token);
    }
}
