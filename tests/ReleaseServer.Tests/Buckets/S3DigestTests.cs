using System.Security.Cryptography;
using Amazon.S3.Model;
using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Testing.S3;
using ByteRange = ReleaseServer.Http.ByteRange;
using S3Bucket = ReleaseServer.Buckets.S3Bucket;

namespace ReleaseServer.Tests.Buckets;

/// <summary>What an S3 store says of an object's bytes, and that nobody but the caller holds the bytes against it.</summary>
public sealed class S3DigestTests : IAsyncLifetime
{
    private const string Sha256 = "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73";
    private const string Sha256Base64 = "7XACtDnprIRfIjV9giusFERzD722AW0+yUMil7nsn3M=";
    private const string Md5 = "9a0364b9e99bb480dd25e1f0284c8555";
    private const string Md5Base64 = "mgNkuembtIDdJeHwKEyFVQ==";

    // Of other bytes: what the SDK would refuse if it looked.
    private const string OtherCrc32 = "y/Q5Jg==";
    private const string OtherCrc32C = "4waSgw==";
    private const string OtherCrc64 = "rosUhgp5mIg=";
    private const string OtherSha1 = "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=";

    private static readonly AssetKey X = AssetKey.TryCreate("x", out var key) ? key : default;

    private S3Stub _stub = null!;
    private S3Bucket _bucket = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _stub = await S3Stub.StartAsync();
        var options = _stub.AddBucket("digests");
        options.EntityTagIsMd5 = true;
        _bucket = new S3Bucket(options);
    }

    public async ValueTask DisposeAsync()
    {
        _bucket.Dispose();
        await _stub.DisposeAsync();
    }

    [Theory]
    [InlineData("x-amz-meta-sha256", Sha256, "Sha256 " + Sha256)]
    [InlineData("x-amz-meta-sha256", Sha256Base64, "Sha256 " + Sha256)]
    [InlineData("x-amz-meta-sha256", "none", null)]
    [InlineData("x-amz-meta-md5chksum", Md5Base64, "Md5 " + Md5)]
    [InlineData("x-amz-checksum-sha256", Sha256Base64, "Sha256 " + Sha256)]
    [InlineData("x-amz-checksum-sha1", OtherSha1, "Sha1 a9993e364706816aba3e25717850c26c9cd0d89d")]
    [InlineData("x-amz-checksum-crc64nvme", OtherCrc64, "Crc64Nvme ae8b14860a799888")]
    [InlineData("x-amz-checksum-crc32c", OtherCrc32C, "Crc32C e3069283")]
    [InlineData("x-amz-checksum-crc32", OtherCrc32, "Crc32 cbf43926")]
    [InlineData("x-amz-checksum-crc32", OtherCrc32 + "-2", null)]
    [InlineData("x-amz-checksum-crc32", "nonsense", null)]
    [InlineData("x-amz-checksum-of-tomorrow", OtherCrc32, null)]
    [InlineData("x-amz-meta-release-server-checksum-crc32", OtherCrc32, null)]
    public async Task Digests_OneField_ThatDigestInHeadAndGet(string field, string value, string? expected)
    {
        Put("\"no-md5\"", (field, value));

        await AssertDigestsAsync(expected is null ? [] : [expected]);
    }

    [Theory]
    [InlineData("\"" + Md5 + "\"", null, null, true)]
    [InlineData(Md5, null, null, true)]
    [InlineData("\"9A0364B9E99BB480DD25E1F0284C8555\"", null, null, true)]
    [InlineData("\"" + Md5 + "\"", "x-amz-server-side-encryption", "AES256", true)]
    [InlineData("\"" + Md5 + "-1\"", null, null, false)]
    [InlineData("W/\"" + Md5 + "\"", null, null, false)]
    [InlineData("\"" + Md5 + "00\"", null, null, false)]
    [InlineData("\"0364b9e99bb480dd25e1f0284c8555zz\"", null, null, false)]
    [InlineData("\"" + Md5 + "\"", "x-amz-server-side-encryption", "aws:kms", false)]
    [InlineData("\"" + Md5 + "\"", "x-amz-server-side-encryption", "aws:kms:dsse", false)]
    [InlineData("\"" + Md5 + "\"", "x-amz-server-side-encryption-customer-algorithm", "AES256", false)]
    public async Task Digests_EntityTag_Md5OfOnePartThatIsNotEncryptedByKeysOfOthers(string tag, string? field, string? value, bool isMd5)
    {
        Put(tag, field is null ? [] : [(field, value!)]);

        await AssertDigestsAsync(isMd5 ? ["Md5 " + Md5] : []);
    }

    [Fact]
    public async Task Digests_TagsOfTheStoreAreNoMd5_NoneOfTheTag()
    {
        var options = _stub.AddBucket("digests");
        options.EntityTagIsMd5 = false;
        using var bucket = new S3Bucket(options);
        Put($"\"{Md5}\"");

        Assert.Empty((await bucket.HeadAsync(X, Token))!.Digests);
    }

    [Fact]
    public async Task Digests_All_StrongestFirstAndOneOfEach()
    {
        Put(
            $"\"{new string('0', 32)}\"",
            ("x-amz-checksum-crc32", OtherCrc32),
            ("x-amz-checksum-crc32c", OtherCrc32C),
            ("x-amz-checksum-crc64nvme", OtherCrc64),
            ("x-amz-checksum-sha1", OtherSha1),
            ("x-amz-checksum-sha256", Convert.ToBase64String(new byte[32])),
            ("x-amz-checksum-type", "FULL_OBJECT"),
            ("x-amz-meta-sha256", Sha256),
            ("x-amz-meta-md5chksum", Md5Base64));

        await AssertDigestsAsync(
            "Sha256 " + Sha256,
            "Sha1 a9993e364706816aba3e25717850c26c9cd0d89d",
            "Md5 " + Md5,
            "Crc64Nvme ae8b14860a799888",
            "Crc32C e3069283",
            "Crc32 cbf43926");
    }

    [Fact]
    public async Task Digests_ChecksumOfChecksums_OnlyWhatIsOfTheBytes()
    {
        Put($"\"{Md5}-2\"", ("x-amz-checksum-sha256", Sha256Base64), ("x-amz-checksum-type", "COMPOSITE"), ("x-amz-meta-md5chksum", Md5Base64));

        await AssertDigestsAsync("Md5 " + Md5);
    }

    [Fact]
    public async Task Digests_Range_OnlyWhatIsOfTheWholeForCertain()
    {
        Put($"\"{Md5}\"", ("x-amz-checksum-crc32", OtherCrc32), ("x-amz-meta-sha256", Sha256));

        await using var opened = await _bucket.OpenAsync(X, new ByteRange(1, 2), null, Token);

        Assert.Equal(["Sha256 " + Sha256, "Md5 " + Md5], Shown(opened!.Metadata));
    }

    [Fact]
    public async Task Digests_AnyRead_AskedForUnderTheSignature()
    {
        Put($"\"{Md5}\"");

        await _bucket.HeadAsync(X, Token);
        await (await _bucket.OpenAsync(X, new ByteRange(1, 2), null, Token))!.DisposeAsync();
        await _bucket.OpenChangedAsync(X, new EntityTag($"\"{Md5}\""), Token);

        Assert.Equal(3, _stub.Calls.Count);
        Assert.All(_stub.Calls, static call => Assert.Equal("ENABLED", call.Fields["x-amz-checksum-mode"]));
        Assert.All(_stub.Calls, static call => Assert.Contains("x-amz-checksum-mode", call.Fields["Authorization"], StringComparison.Ordinal));
    }

    [Fact]
    public void Metadata_SameDigests_Equal()
    {
        static RepresentationMetadata Of(params ContentDigest[] digests) =>
            new(1, new EntityTag("\"x\""), DateTimeOffset.UnixEpoch) { Digests = digests };
        var crc = new ContentDigest(DigestAlgorithm.Crc32, "cbf43926");

        Assert.Equal(Of(crc), Of(crc));
        Assert.Equal(Of(crc).GetHashCode(), Of(crc).GetHashCode());
        Assert.Equal(Of(), new RepresentationMetadata(1, new EntityTag("\"x\""), DateTimeOffset.UnixEpoch));
        Assert.NotEqual(Of(crc), Of());
    }

    [Fact]
    public async Task Digests_RealStore_Md5OfTheTagAndSha256OfTheMetadata()
    {
        var options = RealS3Store.Require($"digests-{Guid.NewGuid():n}");
        using var http = S3ClientFactory.CreateHttpClient(options);
        using var client = S3ClientFactory.Create(options, http);
        await client.PutBucketAsync(options.Name, Token);
        using var bucket = new S3Bucket(options);
        var content = "content"u8.ToArray();
        var put = new PutObjectRequest { BucketName = options.Name, Key = "x", InputStream = new MemoryStream(content), UseChunkEncoding = false };
        put.Metadata["sha256"] = Sha256;
        await client.PutObjectAsync(put, Token);

        var head = await bucket.HeadAsync(X, Token);
        await using (var opened = await bucket.OpenAsync(X, null, null, Token))
        {
            Assert.Equal(head, opened!.Metadata);
        }

        await client.DeleteObjectAsync(options.Name, "x", Token);
        await client.DeleteBucketAsync(options.Name, Token);
        Assert.Equal(["Sha256 " + Convert.ToHexStringLower(SHA256.HashData(content)), "Md5 " + Md5], Shown(head!));
    }

    private static IEnumerable<string> Shown(RepresentationMetadata metadata) => metadata.Digests.Select(static digest => $"{digest.Algorithm} {digest.Hex}");

    private void Put(string tag, params (string Name, string Value)[] fields) => _stub.Put(
        "digests",
        "x",
        StubObject.Of("content"u8.ToArray()) with { EntityTag = tag, Fields = fields.ToDictionary(static field => field.Name, static field => field.Value) });

    private async Task AssertDigestsAsync(params string[] expected)
    {
        var head = await _bucket.HeadAsync(X, Token);
        await using var opened = await _bucket.OpenAsync(X, null, null, Token);

        Assert.Equal(expected, Shown(head!));
        Assert.Equal(head, opened!.Metadata);
        using var reader = new StreamReader(opened.Body);
        Assert.Equal("content", await reader.ReadToEndAsync(Token));
    }
}
