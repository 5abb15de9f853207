using ReleaseServer.Buckets;
using ReleaseServer.Caching;
using ReleaseServer.Releases;
using ReleaseServer.Site;
using ReleaseServer.Testing.Alerting;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Caching;
using ReleaseServer.Testing.Logging;
using ReleaseServer.Testing.Time;
using ReleaseServer.Tests.Buckets;

namespace ReleaseServer.Tests.Site;

/// <summary>A loader with all it needs: a bucket that can fail, a state directory, a recorded log.</summary>
internal sealed class LoadedSite : IDisposable
{
    public static readonly Link Latest = new("r/latest", "r/v2", true);

    private readonly ScratchFolder _folder = new();

    public LoadedSite(string? sitePath = null)
    {
        Store = new InMemoryBucket(Clock);
        Bucket = new FaultyBucket(Store);
        Options = new SiteOptions { Path = sitePath, StatePath = _folder.In("state") };
        Loader = NewLoader();
    }

    /// <summary>A node over the bucket of another.</summary>
    public LoadedSite(LoadedSite other)
    {
        Store = other.Store;
        Bucket = other.Bucket;
        Options = new SiteOptions { StatePath = _folder.In("state") };
        Loader = NewLoader();
    }

    public ManualClock Clock { get; } = new(new DateTimeOffset(2026, 8, 5, 14, 3, 0, TimeSpan.Zero));

    /// <summary>What is in the bucket, faults aside; counts what reaches it.</summary>
    public InMemoryBucket Store { get; }

    public FaultyBucket Bucket { get; }

    /// <summary>Thrown by every read; null for none.</summary>
    public Exception? Trouble
    {
        set
        {
            Bucket.Recover();
            if (value is not null)
            {
                Bucket.FailAll(() => value);
            }
        }
    }

    public SiteOptions Options { get; }

    public AlertRecorder Alerts { get; } = new();

    public LogLineRecorder Log { get; } = new();

    public CurrentSite Current { get; private set; } = new();

    public SiteLoader Loader { get; private set; }

    /// <summary>Stays over <see cref="Restart"/>, as a cache on disk does.</summary>
    public RecordingCache Cache { get; init; } = new();

    public ForgetfulPurgeProgress Progress { get; } = new();

    public SitePublisher Publisher => new(Bucket, Clock);

    public string State(string document) => Assert.Single(Directory.GetFiles(Options.StatePath, $"last-good-*-{document}.json"));

    /// <summary>Forgets all but the disk, as a new process would.</summary>
    public void Restart()
    {
        Loader.Dispose();
        Log.Clear();
        Current = new CurrentSite();
        Loader = NewLoader();
    }

    public Task<string?> RefreshAsync() => Loader.RefreshAsync(TestContext.Current.CancellationToken);

    public Task<GenerationDocument> PublishAsync(params Link[] links) => Publisher.PublishLinksAsync(links, TestContext.Current.CancellationToken);

    /// <summary>Puts a generation that names a links document of this text, as no publisher of ours would.</summary>
    public void PutLinks(int generation, string text)
    {
        PutGeneration($$"""{ "format": 1, "generation": {{generation}}, "published": "2026-08-05T14:03:00Z", "links": "links/{{generation}}-x.json" }""");
        Store.Put(AssetKey.Own($"links/{generation}-x.json").Value, text);
    }

    public void PutGeneration(string text) => Store.Put(GenerationDocument.Key.Value, text);

    public void Dispose()
    {
        Loader.Dispose();
        _folder.Dispose();
    }

    private SiteLoader NewLoader() => new(
        Current,
        new PublishedSite(Bucket),
        new LastGoodSite(Options, Bucket, Log.For<LastGoodSite>()),
        new PurgeFollower(new PurgeLog(new PublishedSite(Bucket)), Progress, [Cache], Log.For<PurgeFollower>()),
        SiteDataLoader.Load(Options.Path),
        Options,
        Alerts,
        Log.For<SiteLoader>());
}
