using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using ReleaseServer.Buckets;
using ReleaseServer.Caching;
using ReleaseServer.Http;
using ReleaseServer.Tests.Buckets;

namespace ReleaseServer.Tests.Pipeline;

/// <summary>As much of a caching bucket as the pipeline needs: keeps every object that is asked for, whole, and says so. The server's own documents pass.</summary>
internal sealed class FakeCache(IBucket inner, TimeProvider time, long memoryBytes = 64 << 20) : IBucket, IObjectCache, IDisposable
{
    private readonly ConcurrentDictionary<string, CachedObject> _objects = new(StringComparer.Ordinal);
    private readonly OpenFiles _files = new();
    private ScratchFolder? _folder;
    private int _reads;

    public FakeRules Rules { get; } = new();

    /// <summary>Whether bodies are kept in files.</summary>
    public bool IsOnDisk { get; init; }

    /// <summary>What the pipeline asked of this bucket, listings included.</summary>
    public int Reads => _reads;

    public CacheClock Clock { get; } = new(time);

    public EvictionQueue Memory { get; } = new(memoryBytes);

    public string Description => inner.Description;

    public bool ListsSourceDates => inner.ListsSourceDates;

    public void AddTo(IServiceCollection services) => services.AddSingleton<IObjectCache>(this).AddSingleton<ICacheRules>(Rules);

    public CachedObject? Find(AssetKey key) => _objects.GetValueOrDefault(key.Value);

    /// <summary>Drops an object, as an eviction or a hard purge does.</summary>
    public void Drop(string key)
    {
        if (_objects.TryRemove(key, out var dropped))
        {
            dropped.MarkGone();
        }
    }

    public async ValueTask<RepresentationMetadata?> HeadAsync(AssetKey key, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _reads);
        if (key.Value.StartsWith(AssetKey.ReservedPrefix, StringComparison.Ordinal))
        {
            return await inner.HeadAsync(key, cancellationToken);
        }

        return await GetAsync(key, cancellationToken) is var (found, use) ? found.Metadata with { CacheUse = use } : null;
    }

    public async ValueTask<Representation?> OpenAsync(AssetKey key, ByteRange? range, EntityTag? expected, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _reads);
        if (key.Value.StartsWith(AssetKey.ReservedPrefix, StringComparison.Ordinal))
        {
            return await inner.OpenAsync(key, range, expected, cancellationToken);
        }

        if (await GetAsync(key, cancellationToken) is not var (found, use))
        {
            return null;
        }

        if (expected is { } tag && tag != found.Metadata.EntityTag)
        {
            throw new RepresentationChangedException(key);
        }

        var selected = range ?? new ByteRange(0, found.Metadata.Length - 1);
        var bytes = new byte[selected.Length];
        found.Body!.Read(selected.First, bytes);
        return new Representation(found.Metadata with { CacheUse = use }, new MemoryStream(bytes));
    }

    public ValueTask<Revalidation> OpenChangedAsync(AssetKey key, EntityTag known, CancellationToken cancellationToken) =>
        inner.OpenChangedAsync(key, known, cancellationToken);

    public ValueTask<bool> AnyAsync(string prefix, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _reads);
        return inner.AnyAsync(prefix, cancellationToken);
    }

    public IAsyncEnumerable<BucketEntry> ListAsync(string prefix, ListDepth depth, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _reads);
        return inner.ListAsync(prefix, depth, cancellationToken);
    }

    public void Dispose()
    {
        _folder?.Dispose();
        _folder = null;
    }

    private async ValueTask<(CachedObject Object, CacheUse Use)?> GetAsync(AssetKey key, CancellationToken cancellationToken)
    {
        var now = Clock.Now;
        if (Find(key) is { } kept && kept.IsReadyAt(now))
        {
            return (kept, new CacheUse(kept.Freshness.StatusAt(now), kept.Freshness.AgeAt(now)));
        }

        await using var opened = await inner.OpenAsync(key, range: null, expected: null, cancellationToken);
        if (opened is null)
        {
            Drop(key.Value);
            return null;
        }

        using var bytes = new MemoryStream();
        await opened.Body.CopyToAsync(bytes, cancellationToken);
        var freshnessClass = Rules.ClassOf(key.Value);
        var freshness = new Freshness(freshnessClass, freshnessClass.Lifetime, now);
        var made = new CachedObject(key, opened.Metadata, Keep(bytes.ToArray()), freshness, static _ => { });
        if (_objects.TryGetValue(key.Value, out var old))
        {
            old.MarkGone();
        }

        _objects[key.Value] = made;
        return (made, new CacheUse(CacheStatus.Miss, TimeSpan.Zero));
    }

    private CachedBody Keep(byte[] bytes)
    {
        if (!IsOnDisk)
        {
            return new MemoryBody(bytes);
        }

        _folder ??= new ScratchFolder();
        var path = _folder.In(Guid.NewGuid().ToString("N"));
        File.WriteAllBytes(path, bytes);
        return new DiskBody(path, bytes.Length, _files);
    }
}

/// <summary>Lifetimes that no test waits for: clocks are moved.</summary>
internal sealed class FakeRules : ICacheRules
{
    public FreshnessClass Listings { get; init; } = new("listing", TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(30), TimeSpan.FromHours(1));

    public FreshnessClass Absence { get; init; } = new("absence", TimeSpan.FromSeconds(10), TimeSpan.Zero, TimeSpan.Zero);

    public FreshnessClass ClassOf(string key) => new("release", TimeSpan.FromHours(1), TimeSpan.FromMinutes(1), TimeSpan.FromHours(1));

    public string? ReleaseOf(string key) => key.Split('/').FirstOrDefault(static segment => segment.StartsWith('v') && segment.Contains('.'));
}
