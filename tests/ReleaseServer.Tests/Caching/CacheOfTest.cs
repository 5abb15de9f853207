using Microsoft.Extensions.Logging;
using ReleaseServer.Buckets;
using ReleaseServer.Caching;
using ReleaseServer.Http;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Time;
using ReleaseServer.Tests.Buckets;

namespace ReleaseServer.Tests.Caching;

/// <summary>A cache of one test over a bucket that fails on demand, with a clock that the test moves and a disk of its own.</summary>
internal sealed class CacheOfTest : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly CacheOptions _options;
    private readonly ILoggerFactory _loggers;

    public CacheOfTest(Action<CacheOptions>? configure = null)
    {
        _options = new CacheOptions { Path = _folder.In("cache"), MemoryBytes = 32 << 20, DiskBytes = 512 << 20 };
        configure?.Invoke(_options);
        Inner = new InMemoryBucket(Clock);
        Bucket = new FaultyBucket(Inner);
        _loggers = LoggerFactory.Create(logging => logging.AddProvider(Log));
        Cache = Open();
    }

    public ManualClock Clock { get; } = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    public InMemoryBucket Inner { get; }

    public FaultyBucket Bucket { get; }

    public RulesOfTest Rules { get; } = new();

    public LinesLogged Log { get; } = new();

    public NodeCache Cache { get; private set; }

    /// <summary>The directory of the disk tier.</summary>
    public string DiskPath => _options.Path;

    public static AssetKey Key(string name) => AssetKey.TryCreate(name, out var key) ? key : throw new ArgumentException(name);

    /// <summary>Bytes of an object that are its own, for any length.</summary>
    public static byte[] Content(int length, int seed = 1)
    {
        var content = new byte[length];
        new Random(seed).NextBytes(content);
        return content;
    }

    /// <summary>Reads an object, or a part of it, as a client would.</summary>
    public async Task<byte[]?> ReadAsync(string key, CancellationToken cancellationToken, ByteRange? range = null)
    {
        await using var opened = await Cache.Bucket.OpenAsync(Key(key), range, expected: null, cancellationToken);
        if (opened is null)
        {
            return null;
        }

        using var content = new MemoryStream();
        await opened.Body.CopyToAsync(content, cancellationToken);
        return content.ToArray();
    }

    /// <summary>How the cache comes by an object now.</summary>
    public async Task<CacheStatus?> StatusAsync(string key, CancellationToken cancellationToken)
    {
        await using var opened = await Cache.Bucket.OpenAsync(Key(key), range: null, expected: null, cancellationToken);
        if (opened is not null)
        {
            await opened.Body.CopyToAsync(Stream.Null, cancellationToken);
        }

        return opened?.Metadata.CacheUse?.Status;
    }

    public CachePurgeOutcome Purge(string tag, bool isHard = false, bool dryRun = false) => Cache.Purger.Purge(
        SurrogateKey.TryParse(tag, out var name) ? new CachePurge([name], All: false, isHard) : throw new ArgumentException(tag), dryRun);

    /// <summary>Goes on as another process would on the same disk. Nothing is told to the old one, as when it is killed.</summary>
    public void Restart()
    {
        Cache.Dispose();
        Cache = Open();
    }

    public void Dispose()
    {
        Cache.Dispose();
        _loggers.Dispose();
        _folder.Dispose();
    }

    private NodeCache Open() => NodeCache.Open(_options, Bucket, Rules, Clock, _loggers.CreateLogger<NodeCache>());
}
