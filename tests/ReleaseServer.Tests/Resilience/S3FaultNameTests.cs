using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Testing.S3;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Resilience;

/// <summary>What a store does wrong is told apart, since it decides whether the store is asked again.</summary>
public sealed class S3FaultNameTests : IAsyncLifetime
{
    private static readonly AssetKey X = LanesOfTest.KeyOf("x");

    private S3Stub _stub = null!;
    private BucketOptions _options = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static Dictionary<string, (StubFault Fault, BucketFault Expected)> Faults { get; } = new()
    {
        ["500"] = (new StubFault { Status = 500, Code = "InternalError" }, BucketFault.ServerError),
        ["502"] = (new StubFault { Status = 502, Body = "<html>Bad Gateway</html>" }, BucketFault.ServerError),
        ["503"] = (new StubFault { Status = 503, Body = string.Empty }, BucketFault.ServerError),
        ["504"] = (new StubFault { Status = 504, Body = string.Empty }, BucketFault.ServerError),
        ["slow down"] = (new StubFault { Status = 503, Code = "SlowDown" }, BucketFault.SlowDown),
        ["too many"] = (new StubFault { Status = 429, Body = string.Empty }, BucketFault.SlowDown),
        ["request timeout"] = (new StubFault { Status = 400, Code = "RequestTimeout" }, BucketFault.Timeout),
        ["forbidden"] = (new StubFault { Status = 403, Code = "AccessDenied" }, BucketFault.Refused),
        ["no bucket"] = (new StubFault { Status = 404, Code = "NoSuchBucket" }, BucketFault.Refused),
        ["another region"] = (new StubFault { Status = 301, Code = "PermanentRedirect" }, BucketFault.Refused),
        ["404 of a proxy"] = (new StubFault { Status = 404, Body = "<html>Not Found</html>" }, BucketFault.Garbage),
        ["closed"] = (new StubFault { Refuse = true }, BucketFault.Reset),
    };

    public static TheoryData<string> Names => [.. Faults.Keys];

    public async ValueTask InitializeAsync()
    {
        _stub = await S3Stub.StartAsync();
        _options = _stub.AddBucket("faults");
        _stub.Put("faults", "x", StubObject.Of("content"u8.ToArray()));
    }

    public ValueTask DisposeAsync() => _stub.DisposeAsync();

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Open_StoreFails_FaultHasItsName(string name)
    {
        _stub.Fail(Faults[name].Fault);

        Assert.Equal(Faults[name].Expected, (await FailAsync()).Fault);
    }

    [Fact]
    public async Task Open_NobodyListens_Connect()
    {
        await _stub.DisposeAsync();

        Assert.Equal(BucketFault.Connect, (await FailAsync()).Fault);
    }

    [Fact]
    public async Task Open_NoAnswer_Timeout()
    {
        var clock = new ManualClock(DateTimeOffset.UnixEpoch);
        var fault = new StubFault { HoldUntil = new TaskCompletionSource().Task };
        _stub.Fail(fault);
        var failing = FailAsync(clock);
        await fault.Waits.WaitAsync(Token);

        clock.Advance(_options.AttemptTimeout);

        Assert.Equal(BucketFault.Timeout, (await failing).Fault);
    }

    [Fact]
    public async Task Open_BytesThatAreNotThere_NoSuchBytes()
    {
        Assert.Equal(BucketFault.NoSuchBytes, (await FailAsync(range: new ByteRange(100, 101))).Fault);
    }

    [Theory]
    [InlineData("7", 7)]
    [InlineData("soon", null)]
    public async Task Open_RetryAfter_Told(string value, int? seconds)
    {
        _stub.Fail(new StubFault { Status = 503, Code = "SlowDown", Fields = new Dictionary<string, string?> { ["Retry-After"] = value } });

        Assert.Equal(seconds is { } number ? TimeSpan.FromSeconds(number) : null, (await FailAsync()).RetryAfter);
    }

    private async Task<BucketUnavailableException> FailAsync(TimeProvider? time = null, ByteRange? range = null)
    {
        using var bucket = new S3Bucket(_options, time);
        return await Assert.ThrowsAsync<BucketUnavailableException>(async () => await bucket.OpenAsync(X, range, null, Token));
    }
}
