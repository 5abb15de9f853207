using ReleaseServer.Buckets;
using ReleaseServer.Releases;
using ReleaseServer.Site;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Releases;

public sealed class SiteHistoryTests
{
    private readonly InMemoryBucket _bucket = new();
    private readonly SitePublisher _publisher;

    public SiteHistoryTests() => _publisher = new SitePublisher(_bucket, new ManualClock(new DateTimeOffset(2026, 8, 20, 12, 0, 0, TimeSpan.Zero)));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Read_ThreePublications_NewestFirst()
    {
        await PublishAsync(3, static _ => []);

        var history = await SiteHistory.ReadAsync(_bucket, await _publisher.ReadGenerationAsync(Token), Token).ToListAsync(Token);

        Assert.Equal([3, 2, 1], history.Select(static document => document.Generation));
    }

    [Fact]
    public async Task Prune_MoreThanAreKept_OldestGoWithTheDocumentsThatNoneOfTheOthersNames()
    {
        // One document named by all from the third on, and one of its own for each.
        await PublishAsync(SiteHistory.Kept + 5, static generation => generation < 3 ? [Pin(generation, "a")] : [Pin(3, "kept"), Pin(generation, "a")]);
        var generation = await _publisher.ReadGenerationAsync(Token);

        await SiteHistory.PruneAsync(_bucket, (await _publisher.ReadLinksAsync(generation, Token)).Document, Token);

        var history = await SiteHistory.ReadAsync(_bucket, generation, Token).ToListAsync(Token);
        Assert.Equal(SiteHistory.Kept, history.Count);
        Assert.Equal(6, history[^1].Generation);
        foreach (var pin in history.SelectMany(static document => document.Documents))
        {
            Assert.NotNull(await _bucket.HeadAsync(AssetKey.Own(pin.Name), Token));
        }

        Assert.Equal(SiteHistory.Kept + 1, (await PromotionOfTest.DumpAsync(_bucket, ".release-server/documents/")).Count);
    }

    [Fact]
    public void LinksDocument_AllOfIt_ReadAsItWasWritten()
    {
        var until = new DateTimeOffset(2026, 8, 20, 18, 0, 0, TimeSpan.Zero);
        var document = new LinksDocument(7, [new Link("r/latest", "r/v2", true)])
        {
            Replaces = "links/6-0123456789ab.json",
            Promoted = "r/v2/",
            Overlap = [new OtherTarget(new Link("r/latest", "r/v1", true), until)],
            Documents = [new PinnedDocument("r/index.json", "documents/7-01/r/index.json", 12, until)],
            Unlisted = [new UnlistedVersion("r/v0/", UnlistedState.Hidden), new UnlistedVersion("r/v3/", UnlistedState.Staged), new UnlistedVersion("r/x/", UnlistedState.Withdrawn)],
        };

        var read = LinksDocument.Read("links/7-x.json", document.Write());

        Assert.Equal(document.Write(), read.Write());
        Assert.Equal((document.Replaces, document.Promoted), (read.Replaces, read.Promoted));
        Assert.Equal(document.Unlisted, read.Unlisted);
        Assert.Equal(document.Overlap, read.Overlap);
    }

    [Fact]
    public void LinksDocument_BrokenRows_EveryOneIsNamed()
    {
        var text = """
            { "format": 1, "generation": 7, "links": [], "replaces": "x",
              "overlap": [ { "link": "a", "target": "b" } ],
              "documents": [ { "key": ".release-server/x", "document": "elsewhere", "size": 1, "modified": "2026-08-20T18:00:00Z" } ],
              "unlisted": [ { "directory": "v1", "state": "gone" } ] }
            """u8.ToArray();

        var exception = Assert.Throws<SiteDataException>(() => LinksDocument.Read("l", text));

        Assert.Equal(
            [
                "l: overlap[0]: until is missing",
                "l: documents[0]: '.release-server/x' is not the key of anything that is served",
                "l: documents[0]: document must name a document, such as documents/7-0123456789ab/index.json; is 'elsewhere'",
                "l: unlisted[0]: directory must be a directory that is served, with a slash at its end; is 'v1'",
                "l: unlisted[0]: state must be staged, hidden or withdrawn; is 'gone'",
                "l: replaces must name a document, such as links/7-0123456789ab.json; is 'x'",
            ],
            exception.Faults.Select(static fault => fault.ToString()));
    }

    private static PinnedDocument Pin(long generation, string name) => new(
        $"r/{name}", $"documents/{generation}-{name}/r/{name}", 1, new DateTimeOffset(2026, 8, 20, 0, 0, 0, TimeSpan.Zero));

    private async Task PublishAsync(int count, Func<long, IReadOnlyList<PinnedDocument>> pins)
    {
        for (var generation = 1; generation <= count; generation++)
        {
            var named = pins(generation);
            foreach (var pin in named)
            {
                await _bucket.WriteAsync(AssetKey.Own(pin.Name), "x"u8.ToArray(), new ObjectAttributes(), WriteCondition.None, Token);
            }

            var document = new LinksDocument(0, [new Link("r/latest", $"r/v{generation}", true)]) { Documents = named };
            await _publisher.PublishLinksAsync(_ => Task.FromResult<LinksDocument?>(document), purge: null, Token);
        }
    }
}
