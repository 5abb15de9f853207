using ReleaseServer.Buckets;
using ReleaseServer.Releases;
using ReleaseServer.Site;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Time;
using ReleaseServer.Tests.Site;

namespace ReleaseServer.Tests.Releases;

/// <summary>The purge log as <see cref="SitePublisher"/> and <see cref="PurgeLogWriter"/> write it together.</summary>
public sealed class PurgeLogWriterTests
{
    private static readonly DateTimeOffset Now = new(2026, 8, 5, 14, 3, 0, TimeSpan.Zero);

    private readonly InMemoryBucket _store = new();
    private readonly FaultyBucket _bucket;
    private readonly ManualClock _clock = new(Now);
    private readonly PublishedSite _published;

    public PurgeLogWriterTests()
    {
        _bucket = new FaultyBucket(_store);
        _published = new PublishedSite(_bucket);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task PublishPurge_FirstEver_EntryOneAndNoGeneration()
    {
        var published = await PurgeAsync("key:a");

        Assert.Equal(GenerationDocument.None with { Purges = 1, Published = Now }, published);
        Assert.Equal(published, await ReadGenerationAsync());
        Assert.Equal("key:a", await TagsOfAsync(1));
        Assert.Equal(Now, (await _published.ReadPurgeAsync(1, Cancellation))!.Time);
    }

    [Fact]
    public async Task PublishPurge_SitePublished_GenerationLinksAndDateStay()
    {
        var site = await Publisher().PublishLinksAsync([new Link("r/latest", "r/v2", true)], Cancellation);
        _clock.Advance(TimeSpan.FromMinutes(1));

        await PurgeAsync("key:a");
        var published = await PurgeAsync("key:b");

        Assert.Equal(site with { Purges = 2 }, published);
    }

    [Fact]
    public async Task PublishLinks_AfterPurges_TheirNumberStays()
    {
        await PurgeAsync("key:a");

        var published = await Publisher().PublishLinksAsync([new Link("r/latest", "r/v2", true)], Cancellation);

        Assert.Equal((1, 1), (published.Generation, published.Purges));
    }

    [Fact]
    public async Task PublishCatalog_WithAPurge_OneMoveForBoth()
    {
        var writes = _store.Writes;

        var published = await Publisher().PublishCatalogAsync(changed: true, PurgeFollowerTests.Note("key:a"), Cancellation);

        Assert.Equal((1, 1, true), (published!.Generation, published.Purges, published.HasCatalog));
        Assert.Equal(writes + 2, _store.Writes);
        Assert.Equal("key:a", await TagsOfAsync(1));
    }

    [Fact]
    public async Task PublishCatalog_AnotherWasFaster_EntryWrittenOnce()
    {
        BeforeNextMove(() => PurgeAsync("key:theirs"));

        var published = await Publisher().PublishCatalogAsync(changed: true, PurgeFollowerTests.Note("key:mine"), Cancellation);

        Assert.Equal((1, 2), (published!.Generation, published.Purges));
        Assert.Equal(["key:mine", "key:theirs"], [await TagsOfAsync(1), await TagsOfAsync(2)]);
    }

    [Fact]
    public async Task PublishPurge_AnotherTookTheNumberAndMovedFirst_CountsWithTheirs()
    {
        BeforeNextMove(() => PurgeAsync("key:theirs"));
        var mine = await PurgeAsync("key:mine");

        Assert.Equal(2, mine.Purges);
        Assert.Equal(["key:mine", "key:theirs"], [await TagsOfAsync(1), await TagsOfAsync(2)]);
        Assert.Equal(2, (await ReadGenerationAsync()).Purges);
    }

    [Fact]
    public async Task PublishPurge_WriterBrokeOffBeforeTheMove_NextOneHealsIt()
    {
        await PurgeAsync("key:a");
        await new PurgeLogWriter(_bucket, _clock).WriteAsync(1, PurgeFollowerTests.Note("key:lost"), Cancellation);

        var published = await PurgeAsync("key:b");

        Assert.Equal(3, published.Purges);
        Assert.Equal(["key:a", "key:lost", "key:b"], [await TagsOfAsync(1), await TagsOfAsync(2), await TagsOfAsync(3)]);
    }

    [Fact]
    public async Task PublishPurge_ManyAtOnce_NoneLost()
    {
        await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() => PurgeAsync($"key:{i}"), Cancellation)));

        var newest = (await ReadGenerationAsync()).Purges;
        var tags = new List<string>();
        for (var number = 1; number <= newest; number++)
        {
            tags.Add(await TagsOfAsync(number));
        }

        Assert.Equal(Enumerable.Range(0, 16).Select(i => $"key:{i}").Order(StringComparer.Ordinal), tags.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task PublishPurge_OvertakenByHundreds_WrittenAgainWhereNodesLook()
    {
        BeforeNextMove(() =>
        {
            _store.Put(GenerationDocument.Key.Value, (GenerationDocument.None with { Published = Now, Purges = 900 }).Write());
            return Task.CompletedTask;
        });

        var published = await PurgeAsync("key:mine");

        Assert.Equal(901, published.Purges);
        Assert.Equal("key:mine", await TagsOfAsync(901));
    }

    [Fact]
    public async Task PublishPurge_MoreThanAThousand_OldOnesDeleted()
    {
        for (var number = 1; number <= 1_003; number++)
        {
            _store.Put(PurgeEntry.KeyOf(number).Value, new PurgeEntry(number, Now, PurgeFollowerTests.Note("key:a")).Write());
        }

        _store.Put(GenerationDocument.Key.Value, (GenerationDocument.None with { Published = Now, Purges = 1_003 }).Write());

        await PurgeAsync("key:b");

        var kept = await ListAsync();
        Assert.Equal((1_000, 5L, 1_004L), (kept.Count, kept[0], kept[^1]));
    }

    [Fact]
    public async Task PublishPurge_OldOnesCannotBeDeleted_PublishedAllTheSame()
    {
        _store.Put(GenerationDocument.Key.Value, (GenerationDocument.None with { Published = Now, Purges = 5_000 }).Write());
        _bucket.OnList = static () => new BucketUnavailableException("no");

        var published = await PurgeAsync("key:b");

        Assert.Equal(5_001, published.Purges);
    }

    [Fact]
    public async Task PublishPurge_NumbersTakenWithoutEnd_SaysWhatMayBeWrong()
    {
        for (var number = 1; number <= 1_000; number++)
        {
            _store.Put(PurgeEntry.KeyOf(number).Value, "{}");
        }

        var exception = await Assert.ThrowsAsync<BucketUnavailableException>(() => PurgeAsync("key:a"));

        Assert.Equal("The 1000 purges after 0 in bucket in memory are taken but do not count; is .release-server/generation.json an old copy?", exception.Message);
    }

    private SitePublisher Publisher() => new(_bucket, _clock);

    private Task<GenerationDocument> PurgeAsync(string tag) => Publisher().PublishPurgeAsync(PurgeFollowerTests.Note(tag), Cancellation);

    private async Task<GenerationDocument> ReadGenerationAsync() => (await _published.ReadGenerationAsync(Cancellation))!.Value.Document;

    private async Task<string> TagsOfAsync(long number) =>
        string.Join(' ', (await _published.ReadPurgeAsync(number, Cancellation))!.Note.Purge.Tags);

    // The first conditional write of a purge is its entry; what comes between that and the second is the race.
    private void BeforeNextMove(Func<Task> action)
    {
        var writes = 0;
        _bucket.BeforeConditionalWrite = async () =>
        {
            if (++writes == 2)
            {
                _bucket.BeforeConditionalWrite = null;
                await action();
            }
        };
    }

    private async Task<List<long>> ListAsync()
    {
        var numbers = new List<long>();
        await foreach (var entry in _store.ListAsync(PurgeEntry.Prefix, ListDepth.All, Cancellation))
        {
            Assert.True(PurgeEntry.TryGetNumber(entry.Name, out var number));
            numbers.Add(number);
        }

        return numbers;
    }
}
