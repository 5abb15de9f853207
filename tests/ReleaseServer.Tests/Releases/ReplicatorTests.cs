using ReleaseServer.Buckets;
using ReleaseServer.Listings;
using ReleaseServer.Releases;
using ReleaseServer.Sample;
using ReleaseServer.Site;
using ReleaseServer.Testing.Buckets;
using static ReleaseServer.Tests.Releases.IndexOfTest;
using static ReleaseServer.Tests.Releases.ReplicaContents;

namespace ReleaseServer.Tests.Releases;

public sealed class ReplicatorTests : IAsyncLifetime
{
    private const string Generation = ".release-server/generation.json";

    private static readonly ReleaseRules Rules = SiteDataLoader.Load(null).Releases;

    private readonly InMemoryBucket _source = new();
    private readonly InMemoryBucket _copy = new();
    private readonly ObservedBucket _replica;

    public ReplicatorTests() => _replica = new ObservedBucket(_copy);

    public async ValueTask InitializeAsync()
    {
        await SampleTree.WriteAsync(_source, Token);
        await PublishAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Run_EmptyReplica_HasEverythingAndTheGenerationCameLast()
    {
        _source.Put(".release-server/lease.json", "{}");
        _source.Put(".release-server/promotions/release/v1.json", "{}");

        var report = await RunAsync();

        Assert.Equal((0, 2), (report.Before, report.After));
        Assert.Equal(await ContentsAsync(_source, static key => !key.EndsWith("/lease.json", StringComparison.Ordinal) && !key.Contains("/promotions/", StringComparison.Ordinal)), await ContentsAsync(_copy));
        Assert.Equal(Generation, _replica.Changed[^1]);
        Assert.Equal(
            ["file", "sums", "catalog", "index", "links", "generation"],
            _replica.Changed.Where(static key => !key.Contains("/purges/", StringComparison.Ordinal)).Select(KindOf).Aggregate(new List<string>(), static (kinds, kind) => kinds.LastOrDefault() == kind ? kinds : [.. kinds, kind]));
        Assert.Equal(await DatesAsync(_source), await DatesAsync(_copy));
    }

    [Fact]
    public async Task Run_Again_WritesNothing()
    {
        await RunAsync();
        var writes = _replica.Changed.Count;

        var again = await RunAsync();
        var full = await RunAsync(full: true);

        Assert.Equal((true, false, 0, 0), (again.IsCurrent, full.IsCurrent, full.Copied, full.Documents));
        Assert.Empty(_replica.Changed.Skip(writes));
    }

    [Fact]
    public async Task Run_AfterARelease_CopiesThatReleaseAlone()
    {
        await RunAsync();
        var before = _replica.Changed.Count;
        await ReleaseAsync("v26.8.0");

        var report = await RunAsync();

        Assert.Equal((2L, 4L), (report.Before, report.After));
        var changed = _replica.Changed.Skip(before).ToList();
        Assert.All(
            changed.Where(static key => !key.StartsWith(".release-server/", StringComparison.Ordinal)),
            static key => Assert.True(key.StartsWith("nodejs/release/v26.8.0/", StringComparison.Ordinal) || key.StartsWith("nodejs/release/index.", StringComparison.Ordinal), key));
        Assert.Equal(await ContentsAsync(_source), await ContentsAsync(_copy));
    }

    [Fact]
    public async Task Run_AtEachWrite_TheReplicaShowsNoHalfRelease()
    {
        await RunAsync();
        await ReleaseAsync("v26.8.0");
        var looks = 0;
        _replica.After = async _ =>
        {
            looks++;
            await AssertWholeAsync(_copy);
        };

        await RunAsync();

        Assert.True(looks > 10, $"only {looks} writes were looked after");
    }

    [Fact]
    public async Task Run_BrokenOffAtEachWrite_TheNextRunMendsIt()
    {
        // Later and later, until a run comes to its end before it is stopped.
        var stop = 0;
        for (var isStopped = true; isStopped; stop++)
        {
            var copy = new InMemoryBucket();
            var replica = new ObservedBucket(copy);
            var replicator = new Replicator(_source, replica, Rules);
            await replicator.RunAsync(new ReplicationRequest(), progress: null, Token);
            await ReleaseAsync($"v26.{8 + stop}.0");
            var start = replica.Changed.Count;
            replica.Before = (key, number) =>
            {
                if (number - start == stop)
                {
                    throw new BucketUnavailableException($"killed at {key}");
                }
            };

            isStopped = await Record.ExceptionAsync(() => replicator.RunAsync(new ReplicationRequest { Parallelism = 1 }, progress: null, Token)) is not null;
            await AssertWholeAsync(copy);
            replica.Before = static (_, _) => { };
            await new Replicator(_source, replica, Rules).RunAsync(new ReplicationRequest(), progress: null, Token);

            Assert.Equal(await ContentsAsync(_source), await ContentsAsync(copy));
        }

        Assert.True(stop > 10, $"only {stop} writes were stopped at");
    }

    [Fact]
    public async Task Run_ReleaseWhileItCopies_NoGenerationIsWrittenBeforeAllOfItIsThere()
    {
        var released = 0;
        _replica.After = async key =>
        {
            if (key.EndsWith("SHASUMS256.txt", StringComparison.Ordinal) && Interlocked.Exchange(ref released, 1) == 0)
            {
                await ReleaseAsync("v26.8.0");
            }
        };

        var report = await RunAsync();

        Assert.Equal(4, report.After);
        Assert.Single(_replica.Changed, Generation);
        Assert.Equal(await ContentsAsync(_source), await ContentsAsync(_copy));
    }

    [Fact]
    public async Task Run_Withdrawn_DeletedThereAndNothingElseIs()
    {
        await RunAsync();
        _copy.Put("somebody/elses.txt", "x");
        await RemoveDirectoryAsync(_source, "nodejs/release/v20.20.2/");
        await RemoveDirectoryAsync(_source, "nodejs/release/v18.20.8/");
        await PublishAsync(new UnlistedVersion("nodejs/release/v20.20.2/", UnlistedState.Withdrawn));

        var report = await RunAsync(full: true);

        Assert.True(report.Deleted > 0);
        Assert.False(await _copy.AnyAsync("nodejs/release/v20.20.2/", Token));
        Assert.True(await _copy.AnyAsync("nodejs/release/v18.20.8/", Token));
        Assert.True(await _copy.AnyAsync("somebody/", Token));
        Assert.True(report.Extra > 1);
    }

    [Fact]
    public async Task Run_ReplicaThatWasPublishedTo_Refused()
    {
        await RunAsync();
        await new SitePublisher(_copy, TimeProvider.System).PublishLinksAsync([new Link("a", "nodejs", true)], Token);
        var writes = _replica.Changed.Count;

        var exception = await Assert.ThrowsAsync<ReplicaAheadException>(() => RunAsync());

        Assert.Contains("has it been made the primary?", exception.Message, StringComparison.Ordinal);
        Assert.Equal(writes, _replica.Changed.Count);
    }

    [Fact]
    public async Task Run_OtherBytesArrive_RefusedAndTheGenerationStays()
    {
        _replica.Spoil = static (key, content) => key.EndsWith("v26.7.0-headers.tar.gz", StringComparison.Ordinal) ? [.. content[..^1], (byte)~content[^1]] : content;

        await Assert.ThrowsAnyAsync<BucketUnavailableException>(() => RunAsync());

        Assert.DoesNotContain(Generation, _replica.Changed);
    }

    [Fact]
    public async Task Run_DryRun_WritesNothing()
    {
        var report = await new Replicator(_source, _replica, Rules).RunAsync(new ReplicationRequest { DryRun = true }, progress: null, Token);

        Assert.Empty(_replica.Changed);
        Assert.True(report.Copied > 100);
        Assert.Equal(ReplicationReport.MostNames, report.Names.Count);
    }

    [Fact]
    public async Task Run_NothingWasEverPublished_CopiesTheFiles()
    {
        var source = new InMemoryBucket();
        source.Put("a/b.txt", "b");

        var report = await new Replicator(source, _replica, Rules).RunAsync(new ReplicationRequest(), progress: null, Token);

        Assert.Equal((1, 0L), (report.Copied, report.After));
        Assert.Equal(["a/b.txt"], _replica.Changed);
    }

    private Task<ReplicationReport> RunAsync(bool full = false) =>
        new Replicator(_source, _replica, Rules).RunAsync(new ReplicationRequest { Full = full, Parallelism = 1 }, progress: null, Token);

    // As the commands do it: links, catalog, each with a generation of its own.
    private async Task PublishAsync(params UnlistedVersion[] unlisted)
    {
        var publisher = new SitePublisher(_source, TimeProvider.System);
        var inventory = await BucketInventory.ReadAsync(_source, [], progress: null, Token);
        var links = LinkPlanner.Plan(Rules, inventory).Links;
        await publisher.PublishLinksAsync(_ => Task.FromResult<LinksDocument?>(new LinksDocument(0, links) { Unlisted = unlisted }), purge: null, Token);
        var report = await CatalogWriter.WriteAsync(_source, (await publisher.ReadLinksAsync(Token)).Table, new CatalogWriteOptions(), progress: null, Token);
        await publisher.PublishCatalogAsync(
            changed: true, CatalogPurge.Of(report.Changed) is { } purge ? new PurgeNote(purge, "test", null) : null, Token);
    }

    private async Task ReleaseAsync(string name)
    {
        var version = new SampleVersion(name, "2026-08-20", "11.17.0", "14.6.202.40", "1.52.2", "1.3.2", "3.5.8", "147", null, false, ["linux-x64"]);
        var assets = SampleAssets.Of(version).ToList();
        foreach (var asset in assets.Append(SampleAssets.ChecksumsOf(assets)))
        {
            _source.Put($"nodejs/release/{name}/{asset.Name}", asset.Content, version.Released);
        }

        var build = await BuildAsync(_source, await RequestAsync(_source, Release));
        Assert.True(await (await ChannelIndex.ReadAsync(_source, Release, Token)).WriteAsync(_source, build, Token));
        await PublishAsync();
    }
}
