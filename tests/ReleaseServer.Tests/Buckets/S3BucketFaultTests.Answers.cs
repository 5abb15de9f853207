using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Testing.S3;

namespace ReleaseServer.Tests.Buckets;

/// <content>Of answers that look like success.</content>
public sealed partial class S3BucketFaultTests
{
    [Theory]
    [InlineData("<html><body>Welcome</body></html>")]
    [InlineData("no XML at all")]
    [InlineData("")]
    [InlineData("<?xml version=\"1.0\"?><ListBucketResult><Name>faults</Name><IsTruncated>false</IsTruncated><Contents><Key>x</Key>")]
    [InlineData("<ListBucketResult><Name>faults</Name><IsTruncated>false</IsTruncated><Contents><Key>x</Key></Contents></ListBucketResult>")]
    [InlineData("<ListBucketResult><Name>faults</Name><IsTruncated>true</IsTruncated></ListBucketResult>")]
    public async Task List_GarbageWithStatus200_Unavailable(string body)
    {
        _stub.Fail(new StubFault { Body = body });

        await Assert.ThrowsAsync<BucketUnavailableException>(() => MakeAsync(Operation.List, Token));
    }

    [Fact]
    public async Task List_SecondPageFails_ThrowsAfterTheFirst()
    {
        PutMany(1500);
        _stub.Fail(static call => call.Query.ContainsKey("continuation-token"), new StubFault { Status = 503, Code = "SlowDown" });
        var names = new List<string>();

        await Assert.ThrowsAsync<BucketUnavailableException>(async () =>
        {
            await foreach (var entry in _bucket.ListAsync("many/", ListDepth.All, Token))
            {
                names.Add(entry.Name);
            }
        });

        Assert.Equal(1000, names.Count);
    }

    [Fact]
    public async Task List_SamePageForEver_Unavailable()
    {
        const string Page = "<ListBucketResult><Name>faults</Name><IsTruncated>true</IsTruncated>"
            + "<NextContinuationToken>again</NextContinuationToken></ListBucketResult>";
        _stub.Fail(new StubFault { Body = Page });

        await Assert.ThrowsAsync<BucketUnavailableException>(() => MakeAsync(Operation.List, Token));

        Assert.Equal(2, _stub.Calls.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task Open_BodyCutMidway_BytesThatCameAndThenUnavailable(int sent)
    {
        var cut = new TaskCompletionSource();
        _stub.Fail(new StubFault { CutAfter = sent, CutWhen = cut.Task });
        await using var opened = await _bucket.OpenAsync(X, null, null, Token);
        var buffer = new byte[16];
        await opened!.Body.ReadExactlyAsync(buffer.AsMemory(0, sent), Token);
        cut.SetResult();

        var exception = await Assert.ThrowsAsync<BucketUnavailableException>(async () => await opened.Body.ReadAtLeastAsync(buffer, 1, false, Token));

        Assert.Contains($"after {sent} of 7 bytes", exception.Message, StringComparison.Ordinal);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(0)]
    [InlineData(3)]
    public async Task Read_BodyStallsMidway_BytesThatCameAndThenUnavailable(int sent)
    {
        var fault = new StubFault { CutAfter = sent, CutWhen = new TaskCompletionSource().Task };
        _stub.Fail(fault);
        using var bucket = new S3Bucket(_options, _clock);
        await using var opened = await bucket.OpenAsync(X, null, null, Token);
        var buffer = new byte[16];
        await opened!.Body.ReadExactlyAsync(buffer.AsMemory(0, sent), Token);
        await fault.Waits.WaitAsync(Token);
        var waiting = opened.Body.ReadAtLeastAsync(buffer, 1, false, Token).AsTask();

        _clock.Advance(_options.StallTimeout);

        var exception = await Assert.ThrowsAsync<BucketUnavailableException>(() => waiting);
        Assert.Equal(
            $"x of {bucket.Description} sent nothing for {_options.StallTimeout.TotalSeconds} s after {sent} of 7 bytes",
            exception.Message);
        await _stub.Calls.Single().Aborted.WaitAsync(Token);
    }

    [Fact(Timeout = 30_000)]
    public async Task Read_CancelledWhileTheBodyStalls_OperationCanceledOfTheCaller()
    {
        _stub.Fail(new StubFault { CutAfter = 3, CutWhen = new TaskCompletionSource().Task });
        await using var opened = await _bucket.OpenAsync(X, null, null, Token);
        var buffer = new byte[16];
        await opened!.Body.ReadExactlyAsync(buffer.AsMemory(0, 3), Token);
        using var caller = new CancellationTokenSource();
        var waiting = opened.Body.ReadAsync(buffer, caller.Token).AsTask();

        await caller.CancelAsync();

        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(caller.Token, exception.CancellationToken);
    }

    [Theory]
    [InlineData(Operation.Head)]
    [InlineData(Operation.Open)]
    [InlineData(Operation.OpenChanged)]
    public async Task Read_NoLengthAnnounced_Unavailable(Operation call)
    {
        _stub.Fail(new StubFault { Unannounced = true });

        await Assert.ThrowsAsync<BucketUnavailableException>(() => MakeAsync(call, Token));
    }

    [Theory]
    [InlineData("bytes 1-2/7")]
    [InlineData("bytes 0-1/7")]
    [InlineData("bytes 1-3/*")]
    [InlineData("bytes 1-3/3")]
    [InlineData("1-3/7")]
    [InlineData(null)]
    public async Task Open_RangeAnsweredWithAnother_Unavailable(string? contentRange)
    {
        _stub.Fail(new StubFault { Fields = new Dictionary<string, string?> { ["Content-Range"] = contentRange } });

        await Assert.ThrowsAsync<BucketUnavailableException>(async () => await _bucket.OpenAsync(X, new ByteRange(1, 3), null, Token));
    }

    [Fact]
    public async Task Open_RangeAnsweredWithTheWhole_Unavailable()
    {
        _stub.Fail(new StubFault { IgnoreRange = true });

        await Assert.ThrowsAsync<BucketUnavailableException>(async () => await _bucket.OpenAsync(X, new ByteRange(1, 3), null, Token));
    }

    [Fact]
    public async Task Open_StoreIgnoresIfMatch_RepresentationChangedAllTheSame()
    {
        _stub.Fail(new StubFault { IgnoreConditions = true });

        await Assert.ThrowsAsync<RepresentationChangedException>(
            async () => await _bucket.OpenAsync(X, null, new EntityTag("\"another\""), Token));
    }

    [Fact]
    public async Task Head_KeyAppearsBeforeItsAbsenceIsConfirmed_ItsMetadata()
    {
        _stub.Fail(static call => call.Method == "HEAD", new StubFault { Status = 404, Body = string.Empty });
        _stub.Put("faults", "empty", StubObject.Of([]));

        Assert.Equal(7, (await _bucket.HeadAsync(X, Token))!.Length);
        Assert.Equal(0, (await _bucket.HeadAsync(AssetKey.TryCreate("empty", out var empty) ? empty : default, Token))!.Length);
    }
}
