using ReleaseServer.Buckets;
using ReleaseServer.Testing.S3;

namespace ReleaseServer.Tests.Buckets;

/// <content>Of what is said of a failure: what helps, and no secrets.</content>
public sealed partial class S3BucketFaultTests
{
    [Theory]
    [InlineData("<Error><Code>SignatureDoesNotMatch</Code><Message>{0}</Message><AWSAccessKeyId>{1}</AWSAccessKeyId></Error>")]
    [InlineData("refused: {0} {1}")]
    public async Task AnyCall_StoreRepeatsTheSecrets_NotInTheException(string answer)
    {
        var body = string.Format(System.Globalization.CultureInfo.InvariantCulture, answer, S3Stub.SecretKey, S3Stub.AccessKey);
        _stub.Fail(new StubFault { Status = 403, Body = body });

        foreach (var call in Enum.GetValues<Operation>())
        {
            var exception = await Assert.ThrowsAsync<BucketUnavailableException>(() => MakeAsync(call, Token));

            Assert.DoesNotContain(S3Stub.SecretKey, exception.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain(S3Stub.AccessKey, exception.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task AnyCall_WrongSecret_UnavailableWithTheStoresWord()
    {
        _options.SecretKey = "another";
        using var bucket = new S3Bucket(_options);

        var exception = await Assert.ThrowsAsync<BucketUnavailableException>(() => MakeAsync(Operation.List, Token, bucket));

        Assert.Contains("403 SignatureDoesNotMatch", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("another", exception.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(404, "NoSuchBucket", "there is no such bucket, or not by this form of address: see Bucket:Name and Bucket:PathStyle")]
    [InlineData(403, "SignatureDoesNotMatch", "Bucket:SecretKey does not belong to Bucket:AccessKey")]
    [InlineData(403, "InvalidAccessKeyId", "Bucket:AccessKey is not known there")]
    public async Task AnyCall_RefusedForASetting_NamesTheSetting(int status, string code, string advice)
    {
        _stub.Fail(new StubFault { Status = status, Code = code });

        var exception = await Assert.ThrowsAsync<BucketUnavailableException>(() => MakeAsync(Operation.Open, Token));

        Assert.Equal($"{_bucket.Description} answered {status} {code}: {advice} (for x)", exception.Message);
    }

    [Theory]
    [InlineData("", "(listing)")]
    [InlineData("nodejs/", "(listing nodejs/)")]
    public async Task List_Fails_SaysWhatWasListed(string prefix, string subject)
    {
        _stub.Fail(Faults["slow down"]);

        var exception = await Assert.ThrowsAsync<BucketUnavailableException>(
            async () => await _bucket.ListAsync(prefix, ListDepth.All, Token).CountAsync(Token));

        Assert.Equal($"{_bucket.Description} answered 503 SlowDown {subject}", exception.Message);
    }

    [Fact]
    public async Task AnyCall_TlsFails_SaysWhatIsWrong()
    {
        _options.Endpoint = new UriBuilder(_stub.Endpoint) { Scheme = "https" }.Uri;
        using var bucket = new S3Bucket(_options);

        var exception = await Assert.ThrowsAsync<BucketUnavailableException>(() => MakeAsync(Operation.Open, Token, bucket));

        Assert.Contains("gives no TLS connection: Cannot determine the frame size", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("inner exception", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Description_EndpointWithCredentials_WithoutThem()
    {
        _options.Endpoint = new Uri("http://user:word@store.example:9000/base/");
        using var bucket = new S3Bucket(_options);

        Assert.Equal("s3 faults at http://store.example:9000/base", bucket.Description);
    }
}
