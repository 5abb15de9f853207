using Microsoft.Extensions.Logging.Abstractions;
using ReleaseServer.Alerting;
using ReleaseServer.Buckets;
using ReleaseServer.Resilience;
using ReleaseServer.Site;
using ReleaseServer.Testing.Buckets;

namespace ReleaseServer.Tests.Resilience;

/// <summary>How far buckets are, who lags, and that nobody is taken back.</summary>
public sealed class ReplicaWatcherTests : IDisposable
{
    private readonly InMemoryBucket _primaryInner = new();
    private readonly FaultyBucket _primary;
    private readonly InMemoryBucket _replica = new();
    private readonly LanesOfTest _lanes;
    private readonly ReplicaWatcher _watcher;
    private readonly PublishedSite _published;

    public ReplicaWatcherTests()
    {
        _primary = new FaultyBucket(_primaryInner);
        _lanes = new LanesOfTest(_primary, _replica);
        _published = new PublishedSite(_lanes.Bucket, _lanes.Newest);
        _watcher = new ReplicaWatcher(
            _lanes.Bucket,
            _lanes.Newest,
            static async (bucket, token) => await new PublishedSite(bucket).ReadGenerationAsync(token) is { } read
                ? new Publication(read.Document.Generation, read.Document.Purges)
                : null,
            new ReplicationOptions(),
            _lanes.Clock,
            _lanes.Alerts,
            NullLogger<ReplicaWatcher>.Instance);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _watcher.Dispose();

    [Fact]
    public async Task Look_BothAsFar_ReplicaDoesNotLag()
    {
        Publish(_primaryInner, 3);
        Publish(_replica, 3);
        Assert.True(Lags);

        await _watcher.LookAsync(Token);

        Assert.False(Lags);
    }

    [Theory]
    [InlineData(2, 0)]
    [InlineData(3, 4)]
    public async Task Look_ReplicaBehindForFiveMinutes_ToldUntilItHasCaughtUp(int generation, int purges)
    {
        Publish(_primaryInner, 3, 5);
        Publish(_replica, generation, purges);
        await _watcher.LookAsync(Token);
        _lanes.Clock.Advance(TimeSpan.FromMinutes(4.9));
        await _watcher.LookAsync(Token);
        Assert.True(Lags);
        Assert.Empty(_lanes.Alerts.ToldOf(AlertKind.ReplicaBehind));

        _lanes.Clock.Advance(TimeSpan.FromMinutes(0.1));
        await _watcher.LookAsync(Token);
        Publish(_replica, 3, 5);
        await _watcher.LookAsync(Token);
        await _watcher.LookAsync(Token);

        Assert.Equal([$"raise replica-behind {_replica.Description}", $"resolve replica-behind {_replica.Description}"], _lanes.Alerts.ToldOf(AlertKind.ReplicaBehind));
        Assert.False(Lags);
    }

    [Fact]
    public async Task ReadGeneration_PrimaryDownAndReplicaAsFar_FromTheReplica()
    {
        Publish(_primaryInner, 3);
        Publish(_replica, 3);
        await _watcher.LookAsync(Token);
        _primary.GoDown();

        Assert.Equal(3, (await _published.ReadGenerationAsync(Token))!.Value.Document.Generation);
    }

    [Fact]
    public async Task ReadGeneration_PrimaryDownAndReplicaBehind_NeverTheOlder()
    {
        Publish(_primaryInner, 3);
        Publish(_replica, 3);
        await _watcher.LookAsync(Token);

        // Published, and read by this node, since it looked last.
        Publish(_primaryInner, 4);
        Assert.Equal(4, (await _published.ReadGenerationAsync(Token))!.Value.Document.Generation);
        _primary.GoDown();

        await Assert.ThrowsAsync<BucketUnavailableException>(async () => await _published.ReadGenerationAsync(Token));
    }

    [Fact]
    public async Task ReadGeneration_KnownFromBeforeTheStart_NeverTheOlder()
    {
        Publish(_replica, 3);
        _lanes.Newest.Raise(new Publication(4, 0));
        _primary.GoDown();

        await Assert.ThrowsAsync<BucketUnavailableException>(async () => await _published.ReadGenerationAsync(Token));
    }

    [Fact]
    public async Task ReadGeneration_PrimaryNeverSeen_WhatTheReplicaHas()
    {
        Publish(_replica, 3);
        _primary.GoDown();

        Assert.Equal(3, (await _published.ReadGenerationAsync(Token))!.Value.Document.Generation);
        await _watcher.LookAsync(Token);
        Assert.False(Lags);
    }

    [Fact]
    public async Task ReadGeneration_NothingOnTheReplica_NotTakenForNothingPublished()
    {
        _primary.GoDown();

        await Assert.ThrowsAsync<BucketUnavailableException>(async () => await _published.ReadGenerationAsync(Token));
        await Assert.ThrowsAsync<BucketUnavailableException>(async () => await _published.PeekAsync(Token));
    }

    [Fact]
    public async Task Look_PrimaryWasRestored_BelievedTheSecondTime()
    {
        Publish(_primaryInner, 5);
        await _watcher.LookAsync(Token);

        Publish(_primaryInner, 4);
        await _watcher.LookAsync(Token);
        Assert.Equal(5, _lanes.Newest.Known!.Generation);
        await _watcher.LookAsync(Token);

        Assert.Equal(4, (await _published.ReadGenerationAsync(Token))!.Value.Document.Generation);
    }

    private bool Lags => _lanes.Bucket.Lags(_lanes.Lanes[1]);

    private static void Publish(InMemoryBucket bucket, long generation, long purges = 0) => bucket.Put(
        GenerationDocument.Key.Value,
        new GenerationDocument(generation, Links: null, HasCatalog: false, DateTimeOffset.UnixEpoch) { Purges = purges }.Write(),
        DateTimeOffset.UnixEpoch.AddHours(generation + purges));
}
