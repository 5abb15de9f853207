using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Testing.S3;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Buckets;

/// <summary>Whatever a store does wrong is a failed bucket, and never an absent object or a short listing.</summary>
public sealed partial class S3BucketFaultTests : IAsyncLifetime
{
    private static readonly AssetKey X = AssetKey.TryCreate("x", out var key) ? key : default;

    private S3Stub _stub = null!;
    private BucketOptions _options = null!;
    private S3Bucket _bucket = null!;

    public enum Operation
    {
        Head,
        Open,
        OpenChanged,
        Any,
        List,
        Write,
        WriteIfAbsent,
        Delete,
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, Operation> FaultsOfEveryCall
    {
        get
        {
            var cases = new TheoryData<string, Operation>();
            foreach (var fault in Faults.Keys)
            {
                foreach (var call in Enum.GetValues<Operation>())
                {
                    cases.Add(fault, call);
                }
            }

            return cases;
        }
    }

    private static Dictionary<string, StubFault> Faults { get; } = new()
    {
        ["forbidden"] = new StubFault { Status = 403, Code = "AccessDenied" },
        ["no bucket"] = new StubFault { Status = 404, Code = "NoSuchBucket" },
        ["404 of no S3 store"] = new StubFault { Status = 404, Body = "<html><body>Not Found</body></html>" },
        ["404 without a body"] = new StubFault { Status = 404, Body = string.Empty },
        ["broken"] = new StubFault { Status = 500, Code = "InternalError" },
        ["slow down"] = new StubFault { Status = 503, Code = "SlowDown" },
        ["bad gateway"] = new StubFault { Status = 502, Body = "<html><body>Bad Gateway</body></html>" },
        ["wrong region"] = new StubFault { Status = 301, Code = "PermanentRedirect" },
        ["redirect elsewhere"] = new StubFault
        {
            Status = 307,
            Body = string.Empty,
            Fields = new Dictionary<string, string?> { ["Location"] = "http://127.0.0.1:9/elsewhere" },
        },
        ["connection closed"] = new StubFault { Refuse = true },
    };

    private readonly ManualClock _clock = new(DateTimeOffset.UnixEpoch);

    public async ValueTask InitializeAsync()
    {
        _stub = await S3Stub.StartAsync();
        _options = _stub.AddBucket("faults");
        _bucket = new S3Bucket(_options);
        _stub.Put("faults", "x", StubObject.Of("content"u8.ToArray()));
    }

    public async ValueTask DisposeAsync()
    {
        _bucket.Dispose();
        await _stub.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(FaultsOfEveryCall))]
    public async Task AnyCall_StoreFails_UnavailableWithoutRetries(string fault, Operation call)
    {
        _stub.Fail(Faults[fault]);

        var exception = await Assert.ThrowsAsync<BucketUnavailableException>(() => MakeAsync(call, Token));

        Assert.Contains("s3 faults at http://127.0.0.1", exception.Message, StringComparison.Ordinal);
        // Two where a HEAD is confirmed, and where the runtime takes a closed connection for a stale one; never the SDK's retries.
        Assert.InRange(_stub.Calls.Count, 1, 4);
    }

    [Theory]
    [InlineData(Operation.Head)]
    [InlineData(Operation.Open)]
    [InlineData(Operation.OpenChanged)]
    [InlineData(Operation.Any)]
    [InlineData(Operation.List)]
    [InlineData(Operation.Write)]
    [InlineData(Operation.Delete)]
    public async Task AnyCall_NoAnswerInTime_Unavailable(Operation call)
    {
        var fault = new StubFault { HoldUntil = new TaskCompletionSource().Task };
        _stub.Fail(fault);
        using var bucket = new S3Bucket(_options, _clock);
        var waiting = MakeAsync(call, Token, bucket);
        await fault.Waits.WaitAsync(Token);

        _clock.Advance(_options.AttemptTimeout);

        var exception = await Assert.ThrowsAsync<BucketUnavailableException>(() => waiting);
        Assert.Contains($"gave no answer in {_options.AttemptTimeout.TotalSeconds} s", exception.Message, StringComparison.Ordinal);
        await _stub.Calls.Last().Aborted.WaitAsync(Token);
    }

    [Fact]
    public async Task Open_ReaderPausesForLongerThanTheAttempt_ReadToItsEnd()
    {
        const long Length = 4_000_000;
        _stub.Put("faults", "big", StubObject.Virtual(Length));
        using var bucket = new S3Bucket(_options, _clock);
        await using var opened = await bucket.OpenAsync(AssetKey.TryCreate("big", out var big) ? big : default, null, null, Token);
        await opened!.Body.ReadExactlyAsync(new byte[1], Token);

        _clock.Advance(_options.StallTimeout * 2);

        Assert.Equal(Length - 1, await CountAsync(opened.Body));
    }

    [Fact]
    public async Task AnyCall_CancelledWhileWaiting_OperationCanceled()
    {
        _stub.Fail(new StubFault { HoldUntil = new TaskCompletionSource().Task });

        foreach (var call in Enum.GetValues<Operation>())
        {
            using var caller = new CancellationTokenSource();
            var waiting = MakeAsync(call, caller.Token);
            await caller.CancelAsync();

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        }
    }

    [Fact]
    public async Task AnyCall_NobodyListens_Unavailable()
    {
        await _stub.DisposeAsync();

        foreach (var call in Enum.GetValues<Operation>())
        {
            await Assert.ThrowsAsync<BucketUnavailableException>(() => MakeAsync(call, Token));
        }
    }

    [Fact]
    public async Task Write_IfMatchAndAnotherVersion_NullThoughBothFormsOfTheTagWereTried()
    {
        var tag = new EntityTag("\"another\"");

        Assert.Null(await _bucket.WriteAsync(X, "y"u8.ToArray(), new ObjectAttributes(), WriteCondition.IfMatch(tag), Token));

        Assert.Equal(["\"another\"", "another"], _stub.Calls.Select(static call => call.Fields["If-Match"]));
    }

    [Fact]
    public async Task Write_AnyBody_NotHeldBackForAContinue()
    {
        await MakeAsync(Operation.Write, Token);

        Assert.DoesNotContain("Expect", _stub.Calls.Single().Fields.Keys, StringComparer.OrdinalIgnoreCase);
        Assert.DoesNotContain("aws-chunked", _stub.Calls.Single().Fields.Values);
    }

    private static async Task<long> CountAsync(Stream body)
    {
        var buffer = new byte[64 * 1024];
        var count = 0L;
        for (int read; (read = await body.ReadAsync(buffer, Token)) > 0;)
        {
            count += read;
        }

        return count;
    }

    private void PutMany(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _stub.Put("faults", $"many/{i:0000}", StubObject.Of([]));
        }
    }

    private async Task MakeAsync(Operation call, CancellationToken token, S3Bucket? bucket = null)
    {
        bucket ??= _bucket;
        switch (call)
        {
            case Operation.Head:
                await bucket.HeadAsync(X, token);
                break;
            case Operation.Open:
                await using (await bucket.OpenAsync(X, null, null, token))
                {
                }

                break;
            case Operation.OpenChanged:
                await using ((await bucket.OpenChangedAsync(X, new EntityTag("\"another\""), token)).Representation)
                {
                }

                break;
            case Operation.Any:
                await bucket.AnyAsync(string.Empty, token);
                break;
            case Operation.List:
                await bucket.ListAsync(string.Empty, ListDepth.All, token).CountAsync(token);
                break;
            case Operation.Write:
                await bucket.WriteAsync(X, "y"u8.ToArray(), new ObjectAttributes(), WriteCondition.None, token);
                break;
            case Operation.WriteIfAbsent:
                await bucket.WriteAsync(X, "y"u8.ToArray(), new ObjectAttributes(), WriteCondition.IfAbsent, token);
                break;
            case Operation.Delete:
                await bucket.DeleteAsync(X, token);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(call));
        }
    }
}
