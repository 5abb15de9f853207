using ReleaseServer.Buckets;
using ReleaseServer.Caching;
using ReleaseServer.Http;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Tests.Buckets;

namespace ReleaseServer.Tests.Caching;

/// <summary>Reads go through a cache; what is written is purged, as whoever publishes does.</summary>
public sealed class BucketContractOfCached : BucketContract
{
    private readonly CacheOfTest _cache = new();

    // The cache hands on what it has checked, not what it checked it by.
    private protected override bool KeepsDigests => false;

    public override ValueTask DisposeAsync()
    {
        _cache.Dispose();
        return ValueTask.CompletedTask;
    }

    internal override ValueTask<IWritableBucket> StartAsync() => ValueTask.FromResult<IWritableBucket>(new PublishedBucket(_cache));

    internal override ValueTask AddMarkerAsync(string prefix)
    {
        _cache.Inner.PutMarker(prefix);
        return ValueTask.CompletedTask;
    }

    private sealed class PublishedBucket(CacheOfTest cache) : ForwardingBucket(cache.Cache.Bucket), IWritableBucket
    {
        public async ValueTask<EntityTag?> WriteAsync(
            AssetKey key, ReadOnlyMemory<byte> content, ObjectAttributes attributes, WriteCondition condition, CancellationToken cancellationToken)
        {
            var tag = await cache.Inner.WriteAsync(key, content, attributes, condition, cancellationToken);
            Purge(key);
            return tag;
        }

        public async ValueTask UploadAsync(
            AssetKey key, Stream content, long length, ObjectAttributes attributes, CancellationToken cancellationToken)
        {
            await cache.Inner.UploadAsync(key, content, length, attributes, cancellationToken);
            Purge(key);
        }

        public async ValueTask<bool> TryCopyAsync(
            IBucket source, AssetKey from, RepresentationMetadata version, AssetKey key, ObjectAttributes attributes, CancellationToken cancellationToken)
        {
            var copied = await cache.Inner.TryCopyAsync(source, from, version, key, attributes, cancellationToken);
            Purge(key);
            return copied;
        }

        public async ValueTask DeleteAsync(AssetKey key, CancellationToken cancellationToken)
        {
            await cache.Inner.DeleteAsync(key, cancellationToken);
            Purge(key);
        }

        private void Purge(AssetKey key) => cache.Cache.Purger.Purge(
            new CachePurge([new SurrogateKey(SurrogateKey.Key, key.Value)], All: false, IsHard: true), dryRun: false);
    }
}
