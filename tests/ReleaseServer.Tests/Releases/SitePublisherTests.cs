using ReleaseServer.Buckets;
using ReleaseServer.Releases;
using ReleaseServer.Site;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Releases;

public sealed class SitePublisherTests
{
    private static readonly DateTimeOffset Now = new(2026, 8, 5, 14, 3, 0, TimeSpan.Zero);
    private static readonly Link Mine = new("r/latest", "r/v2", true);
    private static readonly Link Theirs = new("r/latest", "r/v3", true);

    private readonly InMemoryBucket _store = new();
    private readonly FaultyBucket _bucket;
    private readonly ManualClock _clock = new(Now);
    private readonly PublishedSite _published;

    public SitePublisherTests()
    {
        _bucket = new FaultyBucket(_store);
        _published = new PublishedSite(_bucket);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task PublishLinks_FirstTime_GenerationOneNamesThem()
    {
        var generation = await Publisher().PublishLinksAsync([Mine], Cancellation);

        Assert.Equal((1, Now, false), (generation.Generation, generation.Published, generation.HasCatalog));
        Assert.Equal(generation, (await _published.ReadGenerationAsync(Cancellation))?.Document);
        Assert.Equal([Mine], (await Publisher().ReadLinksAsync(Cancellation)).Document.Links);
    }

    [Fact]
    public async Task PublishLinks_Again_NextGenerationAndTheOldDocumentStays()
    {
        var first = await Publisher().PublishLinksAsync([Mine], Cancellation);

        var second = await Publisher().PublishLinksAsync([Theirs], Cancellation);

        Assert.Equal(2, second.Generation);
        Assert.Equal([Mine], await LinksOfAsync(first));
        Assert.Equal([Theirs], await LinksOfAsync(second));
    }

    [Fact]
    public async Task PublishLinks_CatalogPublishedBefore_KeptAndTheOtherWayRound()
    {
        await Publisher().PublishCatalogAsync(changed: true, Cancellation);
        await Publisher().PublishLinksAsync([Mine], Cancellation);

        var generation = await Publisher().PublishCatalogAsync(changed: true, Cancellation);

        Assert.Equal((3, true), (generation!.Generation, generation.HasCatalog));
        Assert.Equal([Mine], await LinksOfAsync(generation));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task PublishLinks_TwoAtOnce_BothGenerationsInOrderEachWithItsOwnLinks(bool isFirstEver)
    {
        if (!isFirstEver)
        {
            await Publisher().PublishCatalogAsync(changed: true, Cancellation);
        }

        GenerationDocument? theirs = null;
        _bucket.BeforeConditionalWrite = async () =>
        {
            _bucket.BeforeConditionalWrite = null;
            theirs = await Publisher().PublishLinksAsync([Theirs], Cancellation);
        };
        var mine = await Publisher().PublishLinksAsync([Mine], Cancellation);

        Assert.Equal(theirs!.Generation + 1, mine.Generation);
        Assert.Equal([Theirs], await LinksOfAsync(theirs));
        Assert.Equal([Mine], await LinksOfAsync(mine));
        Assert.Equal(mine, (await _published.ReadGenerationAsync(Cancellation))?.Document);
    }

    [Fact]
    public async Task PublishLinks_AnotherPublishedWhilePlanning_PlannedAgainFromTheirs()
    {
        var seen = new List<long>();

        await Publisher().PublishLinksAsync(
            async current =>
            {
                seen.Add(current.Generation);
                if (seen.Count == 1)
                {
                    await Publisher().PublishLinksAsync([Theirs], Cancellation);
                }

                return seen.Count == 1 ? new LinksDocument(0, [Mine]) : null;
            },
            purge: null,
            Cancellation);

        Assert.Equal([0, 1], seen);
        Assert.Equal([Theirs], (await Publisher().ReadLinksAsync(Cancellation)).Document.Links);
    }

    [Fact]
    public async Task PublishLinks_ManyAtOnce_NoGenerationLost()
    {
        var publications = Enumerable.Range(0, 3).Select(i => Publisher().PublishLinksAsync([new Link($"r/{i}", "r/v2", true)], Cancellation));

        var generations = await Task.WhenAll(publications);

        Assert.Equal([1, 2, 3], generations.Select(generation => generation.Generation).Order());
        Assert.Equal(3, (await _published.ReadGenerationAsync(Cancellation))?.Document.Generation);
    }

    [Fact]
    public async Task PublishLinks_OthersAlwaysFaster_GivesUpAfterFiveTries()
    {
        var tries = 0;
        _bucket.BeforeConditionalWrite = () =>
        {
            tries++;
            _store.Put(GenerationDocument.Key.Value, (GenerationDocument.None with { Generation = tries, Published = Now }).Write());
            return Task.CompletedTask;
        };

        var exception = await Assert.ThrowsAsync<BucketUnavailableException>(() => Publisher().PublishLinksAsync([Mine], Cancellation));

        Assert.Equal(5, tries);
        Assert.Equal(".release-server/generation.json was changed by others 5 times in a row; run the command again when they are done", exception.Message);
    }

    [Fact]
    public async Task PublishLinks_BrokenGeneration_NotReplacedInSilence()
    {
        _store.Put(GenerationDocument.Key.Value, "{");

        await Assert.ThrowsAsync<SiteDataException>(() => Publisher().PublishLinksAsync([Mine], Cancellation));
    }

    [Theory]
    [InlineData(true, 2L)]
    [InlineData(false, null)]
    public async Task PublishCatalog_AlreadyNamed_PublishedOnlyWhereItChanged(bool changed, long? expected)
    {
        await Publisher().PublishCatalogAsync(changed: true, Cancellation);

        var generation = await Publisher().PublishCatalogAsync(changed, Cancellation);

        Assert.Equal(expected, generation?.Generation);
    }

    [Fact]
    public async Task PublishCatalog_NothingChangedButNotYetNamed_Published()
    {
        await Publisher().PublishLinksAsync([Mine], Cancellation);

        var generation = await Publisher().PublishCatalogAsync(changed: false, Cancellation);

        Assert.Equal((2, true), (generation!.Generation, generation.HasCatalog));
    }

    private SitePublisher Publisher() => new(_bucket, _clock);

    private async Task<IReadOnlyList<Link>> LinksOfAsync(GenerationDocument generation) =>
        LinksDocument.Read(generation.Links!, await _published.ReadLinksAsync(generation, Cancellation)).Links;
}
