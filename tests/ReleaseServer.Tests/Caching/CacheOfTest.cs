using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using ReleaseServer.Buckets;
using ReleaseServer.Caching;
using ReleaseServer.Http;
using ReleaseServer.Testing.Alerting;
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
        Probe = new ProbedBucket(Bucket);
        _loggers = LoggerFactory.Create(logging => logging.AddProvider(Log));
        Cache = Open();
    }

    public ManualClock Clock { get; } = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    public InMemoryBucket Inner { get; }

    public FaultyBucket Bucket { get; }

    /// <summary>What the cache reads: <see cref="Bucket"/>, with digests and lies.</summary>
    public ProbedBucket Probe { get; }

    public RulesOfTest Rules { get; } = new();

    public AlertRecorder Alerts { get; } = new();

    public LinesLogged Log { get; } = new();

    public NodeCache Cache { get; private set; }

    /// <summary>The directory of the disk tier.</summary>
    public string DiskPath => _options.Path;

    public static AssetKey Key(string name) => AssetKey.TryCreate(name, out var key) ? key : throw new ArgumentException(name);

    /// <summary>Bytes of an object that are its own, for any length.</summary>
    public static byte[] Content(int length, int seed = 1)
    {
        // Xorshift: thousands of these are made, and Random with a seed takes ten times as long.
        var words = new ulong[(length / sizeof(ulong)) + 1];
        var state = ((ulong)seed + 1) * 0x9E37_79B9_7F4A_7C15;
        foreach (ref var word in words.AsSpan())
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            word = state;
        }

        return MemoryMarshal.AsBytes(words.AsSpan())[..length].ToArray();
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

    /// <summary>Puts an object and the digests that the bucket says of it.</summary>
    public void Put(string key, byte[] content)
    {
        Inner.Put(key, content, tag: new EntityTag($"\"{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content))}\""));
        Probe.Describe(key, content);
    }

    /// <summary>Ends when nothing is asked of the bucket any more, and nothing is on its way from it.</summary>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        while (Cache.Objects.Purge(static (_, _) => true, isHard: false, dryRun: true).Select(Under).FirstOrDefault(static task => task is not null) is { } task)
        {
            await Task.WhenAny(task).WaitAsync(cancellationToken);
        }

        static Task? Under(CacheSlot slot)
        {
            lock (slot)
            {
                return slot.Asking ?? slot.Fill?.Completion;
            }
        }
    }

    /// <summary>Nothing stays behind when everything is purged: no room set aside, no resident, no slot, no file.</summary>
    public async Task AssertNothingLeaksAsync(CancellationToken cancellationToken)
    {
        await SettleAsync(cancellationToken);
        Assert.Equal((0, 0), (Cache.Objects.Memory.Reserved, Cache.Objects.Disk?.Reserved ?? 0));
        Cache.Purger.Purge(new CachePurge([], All: true, IsHard: true), dryRun: false);
        Assert.Equal((0, 0, 0), (Cache.Objects.Memory.Used, Cache.Objects.Disk?.Used ?? 0, Cache.Objects.Count));
        Assert.Empty(FilesOfObjects());
    }

    /// <summary>Files of the disk tier that hold objects.</summary>
    public string[] FilesOfObjects()
    {
        var folder = Path.Join(_options.Path, "objects");
        return Directory.Exists(folder) ? Directory.GetFiles(folder, "*", SearchOption.AllDirectories) : [];
    }

    /// <summary>Another cache over the same bucket.</summary>
    /// <param name="path">Its directory.</param>
    public NodeCache OpenAt(string path) => NodeCache.Open(
        new CacheOptions { Path = path, MemoryBytes = _options.MemoryBytes, DiskBytes = _options.DiskBytes }, Probe, Rules, Alerts, Clock, _loggers.CreateLogger<NodeCache>());

    /// <summary>A path in the folder of this test.</summary>
    public string In(string name) => _folder.In(name);

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

    private NodeCache Open() => NodeCache.Open(_options, Probe, Rules, Alerts, Clock, _loggers.CreateLogger<NodeCache>());
}
