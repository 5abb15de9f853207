using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Resilience;
using ReleaseServer.Testing.Buckets;

namespace ReleaseServer.Tests.Resilience;

/// <summary>What hangs holds up its own kind alone, and nobody for long.</summary>
public sealed class BulkheadTests
{
    private readonly InMemoryBucket _inner = new();
    private readonly HangingBucket _hanging;
    private readonly LanesOfTest _lanes;

    public BulkheadTests()
    {
        _inner.Put(LanesOfTest.X.Value, "content");
        _inner.Put(AssetKey.Own("generation.json").Value, "{}");
        _hanging = new HangingBucket(_inner);
        _lanes = new LanesOfTest(
            new ResilienceOptions { Concurrency = new ConcurrencyOptions { Files = 2, Listings = 2, Control = 2 } }, time: null, logger: null, _hanging);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Listings_AllHang_FilesAndControlGoOn()
    {
        _hanging.HoldsListings = true;
        var waiting = Enumerable.Range(0, 4).Select(_ => _lanes.Bucket.AnyAsync("dir/", Token).AsTask()).ToList();
        await Assert.ThrowsAsync<BucketOverloadedException>(async () => await _lanes.Bucket.AnyAsync("dir/", Token));
        await Assert.ThrowsAsync<BucketOverloadedException>(async () => await _lanes.Bucket.ListAsync("dir/", ListDepth.All, Token).CountAsync(Token));

        Assert.Equal("content"u8.ToArray(), await _lanes.ReadAsync(LanesOfTest.X, Token));
        Assert.NotNull(await _lanes.ReadAsync(AssetKey.Own("generation.json"), Token));

        _hanging.Release();
        Assert.All(await Task.WhenAll(waiting), Assert.True);
    }

    [Fact]
    public async Task Files_AllHang_ControlGoesOn()
    {
        _hanging.HoldsFiles = true;
        var waiting = Enumerable.Range(0, 4).Select(_ => _lanes.ReadAsync(LanesOfTest.X, Token)).ToList();
        await Assert.ThrowsAsync<BucketOverloadedException>(() => _lanes.ReadAsync(LanesOfTest.X, Token));

        Assert.NotNull(await _lanes.ReadAsync(AssetKey.Own("generation.json"), Token));
        Assert.True(await _lanes.Bucket.AnyAsync("dir/", Token));

        _hanging.Release();
        Assert.All(await Task.WhenAll(waiting), static content => Assert.Equal("content"u8.ToArray(), content));
    }

    [Fact]
    public async Task Waiting_BucketGoesDownMeanwhile_FailsWithoutAskingIt()
    {
        _hanging.HoldsFiles = true;
        var waiting = Enumerable.Range(0, 4).Select(_ => _lanes.ReadAsync(LanesOfTest.X, Token)).ToList();
        _lanes.TakeDown(0);

        _hanging.Release();

        await Assert.ThrowsAsync<BucketUnavailableException>(() => waiting[2]);
        await Assert.ThrowsAsync<BucketUnavailableException>(() => waiting[3]);
        await Task.WhenAll(waiting[..2]);
        Assert.Equal(2, _inner.Opens);
    }

    [Fact]
    public async Task Waiting_Cancelled_PlaceIsFreeAgain()
    {
        _hanging.HoldsFiles = true;
        using var caller = new CancellationTokenSource();
        var asked = Enumerable.Range(0, 2).Select(_ => _lanes.ReadAsync(LanesOfTest.X, Token)).ToList();
        var waiting = Enumerable.Range(0, 2).Select(_ => _lanes.ReadAsync(LanesOfTest.X, caller.Token)).ToList();

        await caller.CancelAsync();
        foreach (var left in waiting)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        }

        asked.AddRange(Enumerable.Range(0, 2).Select(_ => _lanes.ReadAsync(LanesOfTest.X, Token)));
        _hanging.Release();
        Assert.Equal(4, (await Task.WhenAll(asked)).Length);
    }

    [Fact]
    public async Task Overloaded_ReplicaThere_Answers()
    {
        var lanes = new LanesOfTest(
            new ResilienceOptions { Concurrency = new ConcurrencyOptions { Files = 1 } }, time: null, logger: null, _hanging, _inner);
        _hanging.HoldsFiles = true;
        var waiting = Enumerable.Range(0, 2).Select(_ => lanes.ReadAsync(LanesOfTest.X, Token)).ToList();

        Assert.Equal("content"u8.ToArray(), await lanes.ReadAsync(LanesOfTest.X, Token));

        _hanging.Release();
        await Task.WhenAll(waiting);
    }

    /// <summary>Holds reads of files or listings until it is released.</summary>
    private sealed class HangingBucket(InMemoryBucket inner) : IBucket
    {
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool HoldsFiles { get; set; }

        public bool HoldsListings { get; set; }

        public string Description => "hanging bucket";

        public bool ListsSourceDates => inner.ListsSourceDates;

        public void Release() => _released.SetResult();

        public async ValueTask<RepresentationMetadata?> HeadAsync(AssetKey key, CancellationToken cancellationToken)
        {
            await HoldAsync(key, cancellationToken);
            return await inner.HeadAsync(key, cancellationToken);
        }

        public async ValueTask<Representation?> OpenAsync(
            AssetKey key, ByteRange? range, EntityTag? expected, CancellationToken cancellationToken)
        {
            await HoldAsync(key, cancellationToken);
            return await inner.OpenAsync(key, range, expected, cancellationToken);
        }

        public ValueTask<Revalidation> OpenChangedAsync(AssetKey key, EntityTag known, CancellationToken cancellationToken) =>
            inner.OpenChangedAsync(key, known, cancellationToken);

        public async ValueTask<bool> AnyAsync(string prefix, CancellationToken cancellationToken)
        {
            await (HoldsListings ? _released.Task.WaitAsync(cancellationToken) : Task.CompletedTask);
            return await inner.AnyAsync(prefix, cancellationToken);
        }

        public IAsyncEnumerable<BucketEntry> ListAsync(string prefix, ListDepth depth, CancellationToken cancellationToken) =>
            inner.ListAsync(prefix, depth, cancellationToken);

        private Task HoldAsync(AssetKey key, CancellationToken cancellationToken) =>
            HoldsFiles && !key.Value.StartsWith(AssetKey.ReservedPrefix, StringComparison.Ordinal)
                ? _released.Task.WaitAsync(cancellationToken)
                : Task.CompletedTask;
    }
}
