using ReleaseServer.Buckets;
using ReleaseServer.Testing.S3;

namespace ReleaseServer.Tests.Buckets;

public sealed class S3TransferTests : IAsyncLifetime
{
    private const int PartSize = 1000;
    private S3Stub? _stub;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private S3Stub Stub => _stub!;

    public async ValueTask InitializeAsync() => _stub = await S3Stub.StartAsync();

    public ValueTask DisposeAsync() => Stub.DisposeAsync();

    [Theory]
    [InlineData(1000, 0)]
    [InlineData(1001, 2)]
    [InlineData(9500, 10)]
    public async Task Upload_MoreThanAPart_InPartsThatMakeTheWhole(int length, int parts)
    {
        using var bucket = Open("production");
        var content = Enumerable.Range(0, length).Select(static i => (byte)(i % 251)).ToArray();

        await bucket.UploadAsync(Key("x"), new MemoryStream(content), length, new ObjectAttributes("text/plain", Sha256: new string('a', 64)), Token);

        Assert.Equal(parts, Stub.Calls.Count(static call => call.Query.ContainsKey("partNumber")));
        Assert.Equal(content, await ReadAsync(bucket, "x"));
        var there = await bucket.HeadAsync(Key("x"), Token);
        Assert.Equal(("text/plain", new string('a', 64)), (there!.ContentType, Assert.Single(there.Digests).Hex));
        Assert.Equal(0, Stub.UploadsLeft);
    }

    [Theory]
    [InlineData(8001, 0)]
    [InlineData(64_000, 0)]
    [InlineData(64_001, 9)]
    [InlineData(80_000, 10)]
    public async Task Copy_MoreThanIsCopiedWhole_InPartsWithinTheStore(int length, int parts)
    {
        using var staging = Open("staging");
        using var production = Open("production");
        var content = Enumerable.Range(0, length).Select(static i => (byte)(i % 251)).ToArray();
        Stub.Put("staging", "x", StubObject.Of(content));
        var version = (await staging.HeadAsync(Key("x"), Token))!;

        await ObjectCopy.CopyAsync(staging, Key("x"), version, production, Key("y"), new ObjectAttributes("text/plain"), Token);

        Assert.Equal(parts, Stub.Calls.Count(static call => call.Query.ContainsKey("partNumber")));
        Assert.Equal(content, await ReadAsync(production, "y"));
        Assert.DoesNotContain(Stub.Calls, static call => call is { Method: "GET", Key: "x" });
        Assert.Equal("text/plain", (await production.HeadAsync(Key("y"), Token))!.ContentType);
    }

    [Fact]
    public async Task Upload_PartFails_AbortedAndNothingThere()
    {
        using var bucket = Open("production");
        Stub.Fail(static call => call.Query.GetValueOrDefault("partNumber") == "2", new StubFault { Status = 500 });

        await Assert.ThrowsAsync<BucketUnavailableException>(
            async () => await bucket.UploadAsync(Key("x"), new MemoryStream(new byte[9999]), 9999, new ObjectAttributes(), Token));

        Assert.Equal(0, Stub.UploadsLeft);
        Assert.Null(await bucket.HeadAsync(Key("x"), Token));
    }

    [Fact]
    public async Task Copy_NoRightToReadThere_Carried()
    {
        using var staging = Open("staging");
        using var production = Open("production");
        Stub.Put("staging", "x", StubObject.Of("content"u8.ToArray()));
        Stub.Fail(static call => call.Fields.ContainsKey("x-amz-copy-source"), new StubFault { Status = 403, Code = "AccessDenied" });
        var version = (await staging.HeadAsync(Key("x"), Token))!;

        await ObjectCopy.CopyAsync(staging, Key("x"), version, production, Key("y"), new ObjectAttributes(), Token);

        Assert.Equal("content"u8.ToArray(), await ReadAsync(production, "y"));
    }

    private static AssetKey Key(string name) => AssetKey.TryCreate(name, out var key) ? key : throw new ArgumentException(name);

    private static async Task<byte[]> ReadAsync(S3Bucket bucket, string key)
    {
        await using var opened = await bucket.OpenAsync(Key(key), null, null, Token);
        using var read = new MemoryStream();
        await opened!.Body.CopyToAsync(read, Token);
        return read.ToArray();
    }

    private S3Bucket Open(string name) => new(Stub.AddBucket(name), partSize: PartSize);
}
