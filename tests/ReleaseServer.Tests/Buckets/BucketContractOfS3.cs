using Amazon.S3;
using Amazon.S3.Model;
using ReleaseServer.Buckets;
using ReleaseServer.Testing.S3;
using S3Bucket = ReleaseServer.Buckets.S3Bucket;

namespace ReleaseServer.Tests.Buckets;

/// <summary>The contract on the stub: it keeps the stub as strict as the real store beside it.</summary>
public sealed class BucketContractOfS3OnStub : BucketContract
{
    private S3Stub? _stub;

    public override async ValueTask DisposeAsync()
    {
        (Bucket as IDisposable)?.Dispose();
        await (_stub?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    internal override async ValueTask<IWritableBucket> StartAsync()
    {
        _stub = await S3Stub.StartAsync();
        return new S3Bucket(_stub.AddBucket("contract"));
    }

    internal override ValueTask AddMarkerAsync(string prefix)
    {
        _stub!.Put("contract", prefix, StubObject.Of([]));
        return ValueTask.CompletedTask;
    }
}

/// <summary>The contract on the store that the environment names; see <c>tests/s3/start-rgw.sh</c>.</summary>
public sealed class BucketContractOfS3OnRealStore : BucketContract
{
    private readonly string _name = $"contract-{Guid.NewGuid():n}";
    private HttpClient? _http;
    private AmazonS3Client? _client;

    // Ceph 16 answers 500 UnknownError where a PUT with If-Match was overtaken after it had matched.
    private protected override bool LosersMayFail => true;

    public override async ValueTask DisposeAsync()
    {
        if (_client is { } client)
        {
            // One by one: the XML of a DeleteObjects cannot carry each key of these tests.
            var left = await Bucket.ListAsync(string.Empty, ListDepth.All, CancellationToken.None).ToListAsync();
            await Parallel.ForEachAsync(left, async (entry, token) => await client.DeleteObjectAsync(_name, entry.Name, token));
            await client.DeleteBucketAsync(_name);
            client.Dispose();
        }

        _http?.Dispose();
        (Bucket as IDisposable)?.Dispose();
    }

    internal override async ValueTask<IWritableBucket> StartAsync()
    {
        var options = RealS3Store.Require(_name);
        _http = S3ClientFactory.CreateHttpClient(options);
        _client = S3ClientFactory.Create(options, _http);
        await _client.PutBucketAsync(_name, Token);
        return new S3Bucket(options);
    }

    internal override async ValueTask AddMarkerAsync(string prefix) =>
        await _client!.PutObjectAsync(
            new PutObjectRequest { BucketName = _name, Key = prefix, InputStream = Stream.Null, UseChunkEncoding = false },
            Token);
}
