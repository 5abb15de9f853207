using Microsoft.Extensions.Logging.Abstractions;
using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Listings;
using ReleaseServer.Site;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Logging;

namespace ReleaseServer.Tests.Listings;

/// <summary>What is put into the bucket after its catalog was written is there, and is not named: null for it proves that nobody asked.</summary>
public sealed class CatalogedBucketTests : IAsyncLifetime
{
    private static readonly SiteData Data = SiteDataLoader.Load(directory: null);
    private static readonly EntityTag Any = new("\"any\"");

    private readonly InMemoryBucket _store = new();
    private readonly CurrentSite _current = new();
    private readonly LogLineRecorder _log = new();
    private readonly FaultyBucket _inner;
    private readonly CatalogedBucket _bucket;

    public CatalogedBucketTests()
    {
        _inner = new FaultyBucket(_store);
        _bucket = new CatalogedBucket(_inner, _current, _log.For<CatalogedBucket>());
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _store.Put("dist/v1/a.gz", "a");
        _store.Put("dist/v1/docs/index.html", "docs");
        _store.Put("top.txt", "top");
        _store.PutMarker("empty/");
        await WriteCatalogAsync();
        Use(authoritative: true);

        foreach (var late in (string[])["dist/v1/late.gz", "dist/v1/docs/late.html", "dist/v9/late.gz", "new/deep/er/late", "late.txt"])
        {
            _store.Put(late, "late");
        }
    }

    public ValueTask DisposeAsync()
    {
        _bucket.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("dist/v1/a.gz")]
    [InlineData("dist/v1/docs/index.html")]
    [InlineData("top.txt")]
    public async Task Read_NamedObject_FromTheBucket(string key)
    {
        Assert.NotNull(await _bucket.HeadAsync(Key(key), Token));
        await using var opened = await _bucket.OpenAsync(Key(key), null, null, Token);
        Assert.NotNull(opened);
        Assert.Equal(RevalidationOutcome.Changed, (await _bucket.OpenChangedAsync(Key(key), Any, Token)).Outcome);
    }

    [Theory]
    [InlineData("dist/v1/late.gz")]
    [InlineData("dist/v1/docs/late.html")]
    [InlineData("dist/v9/late.gz")]
    [InlineData("new/deep/er/late")]
    [InlineData("late.txt")]
    [InlineData("dist/v1")]
    [InlineData("top.txt/below")]
    public async Task Read_NotNamed_AbsentWithoutAsking(string key)
    {
        Assert.Null(await _bucket.HeadAsync(Key(key), Token));
        Assert.Null(await _bucket.OpenAsync(Key(key), null, null, Token));
        Assert.Equal(RevalidationOutcome.Absent, (await _bucket.OpenChangedAsync(Key(key), Any, Token)).Outcome);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task Read_AdvisoryOrNoCatalog_AsTheBucketSays(bool authoritative, bool hasCatalog)
    {
        Use(authoritative, hasCatalog);

        Assert.NotNull(await _bucket.HeadAsync(Key("dist/v1/late.gz"), Token));
        Assert.True(await _bucket.AnyAsync("dist/v9/", Token));
        Assert.Equal((1, 0), (_inner.Heads, _inner.Opens));
    }

    [Fact]
    public async Task Read_BeforeThereIsASnapshot_AsTheBucketSays()
    {
        using var bucket = new CatalogedBucket(_inner, new CurrentSite(), NullLogger<CatalogedBucket>.Instance);

        Assert.NotNull(await bucket.HeadAsync(Key("late.txt"), Token));
    }

    [Fact]
    public async Task Read_ReservedKey_AsTheBucketSays()
    {
        _store.Put(GenerationDocument.Key.Value, "late");

        Assert.NotNull(await _bucket.HeadAsync(GenerationDocument.Key, Token));
        Assert.True(await _bucket.AnyAsync(AssetKey.ReservedPrefix, Token));
        Assert.Equal(0, _inner.Opens);
    }

    [Fact]
    public async Task Read_NoDocumentOfTheDirectoryButNamedAbove_AsTheBucketSays()
    {
        Assert.True(CatalogKeys.TryCreate("dist/v1/", out var document));
        _store.Remove(document.Value);

        Assert.NotNull(await _bucket.HeadAsync(Key("dist/v1/late.gz"), Token));
        Assert.Null(await _bucket.HeadAsync(Key("dist/v1/docs/late.html"), Token));
    }

    [Fact]
    public async Task Read_NoDocumentAtAll_AsTheBucketSays()
    {
        foreach (var directory in (string[])["", "dist/", "dist/v1/", "dist/v1/docs/", "empty/"])
        {
            Assert.True(CatalogKeys.TryCreate(directory, out var document));
            Assert.True(_store.Remove(document.Value));
        }

        Assert.NotNull(await _bucket.HeadAsync(Key("new/deep/er/late"), Token));
        Assert.True(await _bucket.AnyAsync("new/", Token));
    }

    [Fact]
    public async Task Read_Marker_NamedOrNot()
    {
        _store.PutMarker("dist/v1/");
        Assert.True(AssetKey.TryCreateMarker("empty/", out var named));
        Assert.True(AssetKey.TryCreateMarker("dist/v1/", out var late));

        Assert.NotNull(await _bucket.HeadAsync(named, Token));
        Assert.Null(await _bucket.HeadAsync(late, Token));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("dist/", true)]
    [InlineData("dist/v1/docs/", true)]
    [InlineData("empty/", true)]
    [InlineData("dist/v9/", false)]
    [InlineData("new/deep/", false)]
    [InlineData("top.txt/", false)]
    [InlineData("/", false)]
    public async Task Any_Prefix_OnlyWhatTheCatalogNames(string prefix, bool expected)
    {
        Assert.Equal(expected, await _bucket.AnyAsync(prefix, Token));
    }

    [Fact]
    public async Task Any_Unnamed_BucketNotListed()
    {
        await _bucket.AnyAsync("dist/v9/", Token);

        Assert.Equal(0, _inner.Anys);
    }

    [Fact]
    public async Task Read_SameDirectoryAgain_DocumentReadOnce()
    {
        for (var i = 0; i < 10; i++)
        {
            await _bucket.HeadAsync(Key($"dist/v1/no{i}"), Token);
        }

        Assert.Equal((9, 1), (_inner.Heads, _inner.Opens));
    }

    [Fact]
    public async Task Read_CatalogWrittenAnew_NewNamesAtOnce()
    {
        Assert.Null(await _bucket.HeadAsync(Key("dist/v1/late.gz"), Token));

        await WriteCatalogAsync();

        Assert.NotNull(await _bucket.HeadAsync(Key("dist/v1/late.gz"), Token));
        Assert.NotNull(await _bucket.HeadAsync(Key("new/deep/er/late"), Token));
    }

    [Fact]
    public async Task Read_DocumentOfNoUse_AsTheBucketSaysAndToldOnce()
    {
        Assert.True(CatalogKeys.TryCreate("dist/v1/", out var document));
        _store.Put(document.Value, "{}");

        Assert.NotNull(await _bucket.HeadAsync(Key("dist/v1/late.gz"), Token));
        Assert.NotNull(await _bucket.HeadAsync(Key("dist/v1/late.gz"), Token));

        Assert.Contains("dist/v1/~listing.json is of no use", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_DocumentsOutOfReach_AsTheBucketSays()
    {
        _inner.OnOpen = static () => new BucketUnavailableException("the store does not answer");

        Assert.NotNull(await _bucket.HeadAsync(Key("late.txt"), Token));
        Assert.True(await _bucket.AnyAsync("new/", Token));
    }

    [Fact]
    public async Task Read_BucketDown_Unavailable()
    {
        _inner.GoDown();

        await Assert.ThrowsAsync<BucketUnavailableException>(async () => await _bucket.HeadAsync(Key("top.txt"), Token));
    }

    [Fact]
    public async Task Table_MoreNamesThanItKeeps_OldestReadAgain()
    {
        var table = new CatalogNameTable(_inner, NullLogger.Instance, mostNames: 12);
        foreach (var directory in (string[])["dist/", "dist/v1/", "dist/v1/docs/", "dist/"])
        {
            Assert.NotNull(await table.FindAsync(directory, Token));
        }

        Assert.Equal((0, 4), (_inner.Heads, _inner.Opens));
    }

    [Fact]
    public async Task Table_ManyAtOnce_OneReads()
    {
        var table = new CatalogNameTable(_inner, NullLogger.Instance);
        var script = _inner.Body = new BodyScript(0) { Holds = true };
        var waiting = Enumerable.Range(0, 20).Select(_ => table.FindAsync("dist/", Token).AsTask()).ToList();

        script.Release();

        Assert.All(await Task.WhenAll(waiting), Assert.NotNull);
        Assert.Equal(1, _inner.Opens);
    }

    [Fact]
    public async Task Table_ReaderGoesAway_AnotherReads()
    {
        var table = new CatalogNameTable(_inner, NullLogger.Instance);
        var script = _inner.Body = new BodyScript(0) { Holds = true };
        using var first = new CancellationTokenSource();
        var reader = table.FindAsync("dist/", first.Token).AsTask();
        var waiting = table.FindAsync("dist/", Token).AsTask();

        await first.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reader);
        script.Release();

        Assert.NotNull(await waiting);
        Assert.Equal(2, _inner.Opens);
    }

    private static AssetKey Key(string name) => AssetKey.TryCreate(name, out var key) ? key : throw new ArgumentException(name);

    private void Use(bool authoritative, bool hasCatalog = true) => _current.Swap(new SiteSnapshot(
        Data with { Freshness = Data.Freshness with { IsCatalogAuthoritative = authoritative } },
        LinkTable.Empty,
        GenerationDocument.None with { HasCatalog = hasCatalog }));

    private Task<CatalogReport> WriteCatalogAsync() => CatalogWriter.WriteAsync(_store, LinkTable.Empty, new CatalogWriteOptions(), progress: null, Token);
}
