using Microsoft.Extensions.Logging.Abstractions;
using ReleaseServer.Alerting;
using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Resilience;
using ReleaseServer.Testing.Buckets;

namespace ReleaseServer.Tests.Resilience;

/// <summary>A primary and a replica: who answers, and which answers of a replica count.</summary>
public sealed class ReplicatedBucketTests
{
    private static readonly AssetKey X = LanesOfTest.X;

    private static readonly AssetKey Fixed = LanesOfTest.KeyOf("immutable/x");

    private static readonly DateTimeOffset Noon = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly InMemoryBucket _primaryInner = new();
    private readonly InMemoryBucket _replicaInner = new();
    private readonly FaultyBucket _primary;
    private readonly FaultyBucket _replica;
    private readonly LanesOfTest _lanes;

    public ReplicatedBucketTests()
    {
        (_primary, _replica) = (new FaultyBucket(_primaryInner), new FaultyBucket(_replicaInner));
        _lanes = new LanesOfTest(_primary, _replica);
        _primaryInner.Put(X.Value, "primary", Noon);
        _replicaInner.Put(X.Value, "replica", Noon);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Open_PrimaryAnswers_ReplicaIsNotAsked()
    {
        Assert.Equal("primary"u8.ToArray(), await _lanes.ReadAsync(X, Token));

        Assert.Equal(0, _replica.Opens);
    }

    [Fact]
    public async Task Open_PrimaryHasOneObjectLess_ReplicaIsNotAsked()
    {
        _replicaInner.Put("dir/y", "withdrawn");

        Assert.Null(await _lanes.ReadAsync(LanesOfTest.KeyOf("dir/y"), Token));
    }

    [Theory]
    [InlineData(BucketFault.Connect)]
    [InlineData(BucketFault.Timeout)]
    [InlineData(BucketFault.ServerError)]
    [InlineData(BucketFault.Refused)]
    public async Task Open_OneObjectFails_ThatOneFromTheReplica(object fault)
    {
        _primaryInner.Put("dir/y", "primary y");
        _primary.OnOpenKey = key => key == X ? new BucketUnavailableException("x") { Fault = (BucketFault)fault } : null;
        _lanes.AllCurrent();

        Assert.Equal("replica"u8.ToArray(), await _lanes.ReadAsync(X, Token));
        Assert.Equal("primary y"u8.ToArray(), await _lanes.ReadAsync(LanesOfTest.KeyOf("dir/y"), Token));
    }

    [Fact]
    public async Task Open_BreakerOfThePrimaryOpen_ReplicaAtOnce()
    {
        _lanes.AllCurrent().TakeDown(0);
        var before = _lanes.Clock.GetUtcNow();

        for (var i = 0; i < 100; i++)
        {
            Assert.Equal("replica"u8.ToArray(), await _lanes.ReadAsync(X, Token));
        }

        Assert.Equal((0, before), (_primary.Opens, _lanes.Clock.GetUtcNow()));
    }

    [Fact]
    public async Task Open_AllDown_FailsAtOnceWithAllReasons()
    {
        _lanes.AllCurrent().TakeDown(0);
        _lanes.TakeDown(1);

        var failure = await Assert.ThrowsAsync<BucketUnavailableException>(() => _lanes.ReadAsync(X, Token));

        Assert.Equal((0, 0), (_primary.Opens, _replica.Opens));
        Assert.Contains("; ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_BytesThatTheObjectDoesNotHave_ReplicaIsNotAsked()
    {
        await Assert.ThrowsAsync<BucketUnavailableException>(
            async () => await _lanes.Bucket.OpenAsync(X, new ByteRange(100, 101), null, Token));

        Assert.Equal((1, 0), (_primary.Opens, _replica.Opens));
    }

    [Fact]
    public async Task AnyRead_PrimaryDownAndReplicaCurrent_TheReplicasAnswer()
    {
        _lanes.AllCurrent();
        _primary.GoDown();

        Assert.NotNull(await _lanes.Bucket.HeadAsync(X, Token));
        Assert.Null(await _lanes.Bucket.HeadAsync(LanesOfTest.KeyOf("nowhere"), Token));
        Assert.True(await _lanes.Bucket.AnyAsync("dir/", Token));
        Assert.False(await _lanes.Bucket.AnyAsync("nowhere/", Token));
        Assert.Single(await _lanes.Bucket.ListAsync("dir/", ListDepth.All, Token).ToListAsync(Token));
        Assert.Equal(RevalidationOutcome.Absent, (await _lanes.Bucket.OpenChangedAsync(LanesOfTest.KeyOf("nowhere"), new EntityTag("\"1\""), Token)).Outcome);
    }

    [Fact]
    public async Task AnyRead_PrimaryDownAndReplicaLags_NothingThatItLacksCounts()
    {
        _lanes.AllCurrent().Lanes[1].Publication = new Publication(6, 0);
        _primary.GoDown();

        await FailsAsync(async () => await _lanes.Bucket.HeadAsync(LanesOfTest.KeyOf("nowhere"), Token));
        await FailsAsync(async () => await _lanes.Bucket.OpenAsync(LanesOfTest.KeyOf("nowhere"), null, null, Token));
        await FailsAsync(async () => await _lanes.Bucket.AnyAsync("nowhere/", Token));
        await FailsAsync(async () => await _lanes.Bucket.ListAsync("dir/", ListDepth.All, Token).ToListAsync(Token));
        await FailsAsync(async () => await _lanes.Bucket.OpenChangedAsync(X, new EntityTag("\"kept\""), Token));
        Assert.True(await _lanes.Bucket.AnyAsync("dir/", Token));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(6L)]
    public async Task Open_ReplicaLagsAndNothingNewerIsKnown_ServedAllTheSame(long? generation)
    {
        _lanes.AllCurrent().Lanes[1].Publication = generation is { } number ? new Publication(number, 0) : null;
        _primary.GoDown();

        Assert.Equal("replica"u8.ToArray(), await _lanes.ReadAsync(X, Token));
    }

    [Fact]
    public async Task Open_NewerVersionWasReadAndReplicaLags_NotTakenBack()
    {
        // The copy has the date of the copying, which is later than that of the newer version.
        _replicaInner.Put(X.Value, "old", Noon.AddHours(1));
        _lanes.AllCurrent().Lanes[1].Publication = new Publication(6, 0);
        await _lanes.Bucket.HeadAsync(X, Token);
        _primary.GoDown();

        await FailsAsync(async () => await _lanes.Bucket.OpenAsync(X, null, null, Token));
        await FailsAsync(async () => await _lanes.Bucket.HeadAsync(X, Token));
    }

    [Fact]
    public async Task Open_NewerVersionWasReadBeforeItsGeneration_NotTakenBack()
    {
        _replicaInner.Put(X.Value, "old", Noon.AddMinutes(-5));
        _lanes.AllCurrent();
        await _lanes.Bucket.HeadAsync(X, Token);
        _primary.GoDown();

        await FailsAsync(async () => await _lanes.Bucket.OpenAsync(X, null, null, Token));
    }

    [Fact]
    public async Task Open_SameVersionOnALaggingReplica_Served()
    {
        _replicaInner.Put(X.Value, "primary", Noon.AddMinutes(-5));
        _lanes.AllCurrent().Lanes[1].Publication = new Publication(6, 0);
        await _lanes.Bucket.HeadAsync(X, Token);
        _primary.GoDown();

        Assert.Equal("primary"u8.ToArray(), await _lanes.ReadAsync(X, Token));
    }

    [Fact]
    public async Task Open_ImmutableOnALaggingReplica_Served()
    {
        _primaryInner.Put(Fixed.Value, "same", Noon);
        _replicaInner.Put(Fixed.Value, "same", Noon, "text/plain");
        _lanes.AllCurrent().Lanes[1].Publication = null;
        await _lanes.Bucket.HeadAsync(Fixed, Token);
        _primary.GoDown();

        Assert.Equal("same"u8.ToArray(), await _lanes.ReadAsync(Fixed, Token));
    }

    [Fact]
    public async Task Open_VersionThatReplicaDoesNotHave_ChangedIfItIsCurrentElseUnavailable()
    {
        var tag = new EntityTag("\"other\"");
        _lanes.AllCurrent();
        _primary.GoDown();
        await Assert.ThrowsAsync<RepresentationChangedException>(async () => await _lanes.Bucket.OpenAsync(X, null, tag, Token));

        _lanes.Lanes[1].Publication = null;

        await FailsAsync(async () => await _lanes.Bucket.OpenAsync(X, null, tag, Token));
    }

    [Fact]
    public async Task Open_AnotherVersionOnThePrimary_Changed()
    {
        await Assert.ThrowsAsync<RepresentationChangedException>(
            async () => await _lanes.Bucket.OpenAsync(X, null, new EntityTag("\"other\""), Token));

        Assert.Equal(0, _replica.Opens);
    }

    [Fact]
    public async Task Down_ThenProbed_AlertsAndLogsOnceEach()
    {
        _lanes.AllCurrent();
        _primary.GoDown();
        for (var i = 0; i < 20; i++)
        {
            await _lanes.ReadAsync(X, Token);
        }

        var asked = _primary.Opens;
        _lanes.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await _lanes.Lanes[0].ProbeAsync(AssetKey.Own("generation.json"), Token));
        Assert.False(await _lanes.Lanes[0].ProbeAsync(AssetKey.Own("generation.json"), Token));
        Assert.Equal(asked + 1, _primary.Opens);

        _primary.Recover();
        _lanes.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await _lanes.Lanes[0].ProbeAsync(AssetKey.Own("generation.json"), Token));

        Assert.Equal("primary"u8.ToArray(), await _lanes.ReadAsync(X, Token));
        var subject = _primary.Description;
        Assert.Equal([$"raise bucket-down {subject}", $"raise bucket-down {subject}", $"resolve bucket-down {subject}"], _lanes.Alerts.ToldOf(AlertKind.BucketDown));
    }

    [Fact]
    public async Task Prober_BucketHeals_ClosedWithoutAnyRequest()
    {
        using var prober = new BucketProber(_lanes.Bucket, new BreakerOptions(), _lanes.Clock, NullLogger<BucketProber>.Instance);
        await prober.StartAsync(Token);

        _lanes.TakeDown(0);
        while (!_lanes.Lanes[0].Health.Breaker.IsClosed)
        {
            await Task.Yield();
        }

        await prober.StopAsync(Token);
        Assert.Equal(1, _primary.Opens);
    }

    private static Task<BucketUnavailableException> FailsAsync(Func<Task> read) => Assert.ThrowsAsync<BucketUnavailableException>(read);
}
