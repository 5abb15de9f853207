using Microsoft.Extensions.Logging.Abstractions;
using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Listings;
using ReleaseServer.Site;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Tests.Buckets;

namespace ReleaseServer.Tests.Listings;

/// <summary>The decorator over a bucket whose authoritative catalog is written anew after each write.</summary>
public sealed class BucketContractOfCataloged : BucketContract
{
    private readonly WithCatalog _bucket = new();

    public override ValueTask DisposeAsync()
    {
        _bucket.Dispose();
        return ValueTask.CompletedTask;
    }

    internal override ValueTask<IWritableBucket> StartAsync() => ValueTask.FromResult<IWritableBucket>(_bucket);

    internal override ValueTask AddMarkerAsync(string prefix)
    {
        _bucket.PutMarker(prefix);
        return ValueTask.CompletedTask;
    }

    /// <summary>Writes past the decorator, and reads through it.</summary>
    private sealed class WithCatalog : IWritableBucket, IDisposable
    {
        private readonly ApartStore _store = new();
        private readonly CatalogedBucket _reader;
        private readonly SemaphoreSlim _oneWriter = new(1);
        private int _written;
        private int _cataloged;

        public WithCatalog()
        {
            var data = SiteDataLoader.Load(directory: null);
            var current = new CurrentSite();
            current.Swap(new SiteSnapshot(
                data with { Freshness = data.Freshness with { IsCatalogAuthoritative = true } },
                LinkTable.Empty,
                GenerationDocument.None with { HasCatalog = true }));
            _reader = new CatalogedBucket(_store, current, NullLogger<CatalogedBucket>.Instance);
        }

        public string Description => _reader.Description;

        public bool ListsSourceDates => _reader.ListsSourceDates;

        public void PutMarker(string prefix)
        {
            _store.Objects.PutMarker(prefix);
            Interlocked.Increment(ref _written);
        }

        public async ValueTask<RepresentationMetadata?> HeadAsync(AssetKey key, CancellationToken cancellationToken) =>
            await (await CatalogedAsync(cancellationToken)).HeadAsync(key, cancellationToken);

        public async ValueTask<Representation?> OpenAsync(AssetKey key, ByteRange? range, EntityTag? expected, CancellationToken cancellationToken) =>
            await (await CatalogedAsync(cancellationToken)).OpenAsync(key, range, expected, cancellationToken);

        public async ValueTask<Revalidation> OpenChangedAsync(AssetKey key, EntityTag known, CancellationToken cancellationToken) =>
            await (await CatalogedAsync(cancellationToken)).OpenChangedAsync(key, known, cancellationToken);

        public async ValueTask<bool> AnyAsync(string prefix, CancellationToken cancellationToken) =>
            await (await CatalogedAsync(cancellationToken)).AnyAsync(prefix, cancellationToken);

        public IAsyncEnumerable<BucketEntry> ListAsync(string prefix, ListDepth depth, CancellationToken cancellationToken) =>
            _reader.ListAsync(prefix, depth, cancellationToken);

        public async ValueTask<EntityTag?> WriteAsync(
            AssetKey key, ReadOnlyMemory<byte> content, ObjectAttributes attributes, WriteCondition condition, CancellationToken cancellationToken)
        {
            var tag = await _store.WriteAsync(key, content, attributes, condition, cancellationToken);
            Interlocked.Increment(ref _written);
            return tag;
        }

        public async ValueTask UploadAsync(
            AssetKey key, Stream content, long length, ObjectAttributes attributes, CancellationToken cancellationToken)
        {
            await _store.UploadAsync(key, content, length, attributes, cancellationToken);
            Interlocked.Increment(ref _written);
        }

        public async ValueTask<bool> TryCopyAsync(
            IBucket source, AssetKey from, RepresentationMetadata version, AssetKey key, ObjectAttributes attributes, CancellationToken cancellationToken)
        {
            var copied = await _store.TryCopyAsync(source, from, version, key, attributes, cancellationToken);
            Interlocked.Increment(ref _written);
            return copied;
        }

        public async ValueTask DeleteAsync(AssetKey key, CancellationToken cancellationToken)
        {
            await _store.DeleteAsync(key, cancellationToken);
            Interlocked.Increment(ref _written);
        }

        public void Dispose()
        {
            _reader.Dispose();
            _oneWriter.Dispose();
        }

        private async ValueTask<IBucket> CatalogedAsync(CancellationToken cancellationToken)
        {
            await _oneWriter.WaitAsync(cancellationToken);
            try
            {
                if (Volatile.Read(ref _written) is var written && written != _cataloged)
                {
                    await CatalogWriter.WriteAsync(_store, LinkTable.Empty, new CatalogWriteOptions(), progress: null, cancellationToken);
                    _cataloged = written;
                }

                return _reader;
            }
            finally
            {
                _oneWriter.Release();
            }
        }
    }

    /// <summary>Keeps the catalog apart, where the contract's listings do not see it.</summary>
    private sealed class ApartStore : IWritableBucket
    {
        private readonly InMemoryBucket _documents = new();

        public InMemoryBucket Objects { get; } = new();

        public string Description => Objects.Description;

        public bool ListsSourceDates => true;

        public ValueTask<RepresentationMetadata?> HeadAsync(AssetKey key, CancellationToken cancellationToken) =>
            Of(key.Value).HeadAsync(key, cancellationToken);

        public ValueTask<Representation?> OpenAsync(AssetKey key, ByteRange? range, EntityTag? expected, CancellationToken cancellationToken) =>
            Of(key.Value).OpenAsync(key, range, expected, cancellationToken);

        public ValueTask<Revalidation> OpenChangedAsync(AssetKey key, EntityTag known, CancellationToken cancellationToken) =>
            Of(key.Value).OpenChangedAsync(key, known, cancellationToken);

        public ValueTask<bool> AnyAsync(string prefix, CancellationToken cancellationToken) => Of(prefix).AnyAsync(prefix, cancellationToken);

        public IAsyncEnumerable<BucketEntry> ListAsync(string prefix, ListDepth depth, CancellationToken cancellationToken) =>
            Of(prefix).ListAsync(prefix, depth, cancellationToken);

        public ValueTask<EntityTag?> WriteAsync(
            AssetKey key, ReadOnlyMemory<byte> content, ObjectAttributes attributes, WriteCondition condition, CancellationToken cancellationToken) =>
            Of(key.Value).WriteAsync(key, content, attributes, condition, cancellationToken);

        public ValueTask UploadAsync(
            AssetKey key, Stream content, long length, ObjectAttributes attributes, CancellationToken cancellationToken) =>
            Of(key.Value).UploadAsync(key, content, length, attributes, cancellationToken);

        public ValueTask<bool> TryCopyAsync(
            IBucket source, AssetKey from, RepresentationMetadata version, AssetKey key, ObjectAttributes attributes, CancellationToken cancellationToken) =>
            Of(key.Value).TryCopyAsync(source, from, version, key, attributes, cancellationToken);

        public ValueTask DeleteAsync(AssetKey key, CancellationToken cancellationToken) => Of(key.Value).DeleteAsync(key, cancellationToken);

        private InMemoryBucket Of(string name) => name.StartsWith(CatalogKeys.Prefix, StringComparison.Ordinal) ? _documents : Objects;
    }
}
