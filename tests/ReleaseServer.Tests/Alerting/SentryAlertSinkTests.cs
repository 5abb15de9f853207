using System.Text.Json;
using ReleaseServer.Alerting;
using ReleaseServer.Testing.Alerting;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Alerting;

public sealed class SentryAlertSinkTests : IAsyncLifetime
{
    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 1, 2, 3, 14, 6, TimeSpan.Zero));
    private AlertStub _stub = null!;
    private SentryAlertSink _sink = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _stub = await AlertStub.StartAsync();
        _sink = AlertOfTest.NewSentry(_stub.Dsn, _clock);
    }

    public async ValueTask DisposeAsync()
    {
        _sink.Dispose();
        await _stub.DisposeAsync();
    }

    [Fact]
    public async Task Send_Note_PostedAsTheProtocolSays()
    {
        var delivery = await _sink.SendAsync([AlertOfTest.Note()], Cancellation);

        Assert.Equal(new AlertDelivery(1, 0, null), delivery);
        var call = Assert.Single(_stub.Calls);
        Assert.Equal("/prefix/api/42/envelope/", call.Target);
        Assert.Equal($"Sentry sentry_version=7,sentry_client={AlertSource.Client},sentry_key={AlertStub.PublicKey}", call.Fields["X-Sentry-Auth"]);
        Assert.Equal(("application/x-sentry-envelope", "gzip"), (call.Fields["Content-Type"], call.Fields["Content-Encoding"]));
        Assert.Equal(AlertSource.Client, call.Fields["User-Agent"]);
        Assert.True(call.Fields.ContainsKey("Content-Length"));
        var (header, items) = call.ReadEnvelope();
        Assert.Matches("^[0-9a-f]{32}$", (string)header["event_id"]!);
        Assert.Equal("2026-01-02T03:14:06.000Z", (string)header["sent_at"]!);
        var (itemHeader, content) = Assert.Single(items);
        Assert.Equal("event", (string)itemHeader["type"]!);
        Assert.Equal((string)header["event_id"]!, (string)content["event_id"]!);
    }

    [Fact]
    public async Task Send_NoteOfARequest_AllThatSentryShows()
    {
        var trail = new BreadcrumbTrail(10);
        var note = AlertOfTest.Note() with
        {
            Request = new AlertRequest("0HN1", "GET", "/dist/x", "/dist/", "nodejs/release/x", "curl/8\u001b", trail),
            Breadcrumbs = [new Breadcrumb(DateTimeOffset.UnixEpoch, BreadcrumbLevel.Error, "bucket", "failed with very-secret-key", [("try", "1")])],
        };

        await _sink.SendAsync([note], Cancellation);

        var sent = Assert.Single(_stub.Events);
        Assert.Equal(
            """{"alert":"bucket-down","phase":"Raised","node":"dist-3","suppressed":"11","request_id":"0HN1","route":"/dist/","key":"nodejs/release/x","user_agent":"curl/8\u001b"}""".Replace("\\u001b", "\\\\u001b", StringComparison.Ordinal),
            sent["tags"]!.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
        Assert.Equal(("staging", "releaseserver@1.2.3", "dist-3"), ((string)sent["environment"]!, (string)sent["release"]!, (string)sent["server_name"]!));
        Assert.Equal(("csharp", "error", "/dist/"), ((string)sent["platform"]!, (string)sent["level"]!, (string)sent["transaction"]!));
        Assert.Equal("""["bucket-down","s3 releases"]""", sent["fingerprint"]!.ToJsonString());
        Assert.Equal("Bucket down: s3 releases: It does not answer.", (string)sent["logentry"]!["formatted"]!);
        Assert.Equal(("GET", "/dist/x"), ((string)sent["request"]!["method"]!, (string)sent["request"]!["url"]!));
        Assert.Equal("https://wiki.example.org/sops/bucket-down.md", (string)sent["extra"]!["runbook"]!);
        Assert.Equal((12, 11), ((int)sent["extra"]!["count"]!, (int)sent["extra"]!["suppressed"]!));
        Assert.Equal(
            """[{"timestamp":"1970-01-01T00:00:00.000Z","type":"error","category":"bucket","message":"failed with ***","level":"error","data":{"try":"1"}}]""",
            sent["breadcrumbs"]!.ToJsonString());
    }

    [Fact]
    public async Task Send_ExceptionWithCauses_OldestFirstAndFramesOldestCallerFirst()
    {
        await _sink.SendAsync([AlertOfTest.Note(exception: await ThrownAsync())], Cancellation);

        var values = Assert.Single(_stub.Events)["exception"]!["values"]!.AsArray();
        Assert.Equal(["System.FormatException", "System.AggregateException", "System.InvalidOperationException"], values.Select(value => (string)value!["type"]!));
        Assert.Equal("inner ***", (string)values[0]!["value"]!);
        Assert.Equal([2, 1, 0], values.Select(value => (int)value!["mechanism"]!["exception_id"]!));
        Assert.Equal([1, 0, null], values.Select(value => (int?)value!["mechanism"]!["parent_id"]));
        Assert.True((bool)values[1]!["mechanism"]!["is_exception_group"]!);
        var frames = values[2]!["stacktrace"]!["frames"]!.AsArray();
        Assert.Equal(["ThrownAsync", "ThrowOuterAsync"], frames.Select(frame => (string)frame!["function"]!));
        Assert.All(frames, frame => Assert.Equal("ReleaseServer.Tests.Alerting.SentryAlertSinkTests", (string)frame!["module"]!));
        Assert.Equal("SentryAlertSinkTests.cs", (string)frames[1]!["filename"]!);
        Assert.True((int)frames[1]!["lineno"]! > 0);
    }

    [Fact]
    public async Task Send_WhileErrorsAreNotWanted_NothingIsPostedAndThenThatIsReported()
    {
        _stub.ThenAnswer(429, (SentryRateLimits.FieldName, "60:error:organization:usage_exceeded"), ("Retry-After", "60"));
        await _sink.SendAsync([AlertOfTest.Note()], Cancellation);

        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(new AlertDelivery(0, 1, $"{_stub.Url.Authority} wants no events for a while"), await _sink.SendAsync([AlertOfTest.Note()], Cancellation));
        }

        Assert.Single(_stub.Calls);
        _clock.Advance(TimeSpan.FromSeconds(61));
        await _sink.SendAsync([AlertOfTest.Note()], Cancellation);

        // Neither does it count what Sentry refused, nor forget what was never sent.
        Assert.Equal(2, _stub.Calls.Count);
        Assert.Equal(
            """[{"reason":"ratelimit_backoff","category":"error","quantity":4}]""",
            Assert.Single(_stub.Calls[1].Items("client_report"))["discarded_events"]!.ToJsonString());
    }

    [Fact]
    public async Task Send_StormWithinARateLimitWindow_NotOneCall()
    {
        _stub.ThenAnswer(200, (SentryRateLimits.FieldName, "60::organization"));
        await _sink.SendAsync([AlertOfTest.Note()], Cancellation);

        for (var i = 0; i < 10_000; i++)
        {
            await _sink.SendAsync([AlertOfTest.Note(subject: $"{i}")], Cancellation);
        }

        await _sink.IdleAsync(Cancellation);
        Assert.Single(_stub.Calls);
    }

    [Fact]
    public async Task Idle_SomethingWasDiscarded_ReportedWithoutAnEvent()
    {
        _sink.OnDropped(AlertOfTest.Note());
        _sink.OnDropped(AlertOfTest.Note());

        await _sink.IdleAsync(Cancellation);
        await _sink.IdleAsync(Cancellation);

        var (header, items) = Assert.Single(_stub.Calls).ReadEnvelope();
        Assert.Null(header["event_id"]);
        Assert.Equal(
            """{"timestamp":"2026-01-02T03:14:06.000Z","discarded_events":[{"reason":"queue_overflow","category":"error","quantity":2}]}""",
            Assert.Single(items).Content.ToJsonString());
    }

    [Theory]
    [InlineData(400, "send_error")]
    [InlineData(503, "send_error")]
    [InlineData(0, "network_error")]
    public async Task Send_Fails_SaidAndReportedLater(int status, string reason)
    {
        using var sink = status == 0 ? AlertOfTest.NewSentry("http://key@127.0.0.1:1/42", _clock) : null;
        _stub.ThenAnswer(status == 0 ? 200 : status);

        var delivery = await (sink ?? _sink).SendAsync([AlertOfTest.Note()], Cancellation);

        Assert.Equal((0, 1), (delivery.Sent, delivery.Lost));
        Assert.StartsWith(status == 0 ? "127.0.0.1:1 does not answer: " : $"{_stub.Url.Authority} answered {status}", delivery.Trouble, StringComparison.Ordinal);
        Assert.DoesNotContain(AlertStub.PublicKey, delivery.Trouble!, StringComparison.Ordinal);
        if (sink is null)
        {
            await _sink.SendAsync([AlertOfTest.Note()], Cancellation);
            Assert.Equal(
                $$"""[{"reason":"{{reason}}","category":"error","quantity":1}]""",
                Assert.Single(_stub.Calls[1].Items("client_report"))["discarded_events"]!.ToJsonString());
        }
    }

    [Fact]
    public async Task Send_SampledOut_NotPostedAndReported()
    {
        var draws = new Queue<double>([0.1, 0.9, 0.5]);
        using var sink = AlertOfTest.NewSentry(_stub.Dsn, _clock, options => options.SampleRate = 0.5, draws.Dequeue);

        var delivery = await sink.SendAsync([AlertOfTest.Note(), AlertOfTest.Note(), AlertOfTest.Note()], Cancellation);
        await sink.IdleAsync(Cancellation);

        Assert.Equal(new AlertDelivery(1, 2, null), delivery);
        Assert.Single(_stub.Events);
        Assert.Equal("""[{"reason":"sample_rate","category":"error","quantity":2}]""", Assert.Single(_stub.Calls[1].Items("client_report"))["discarded_events"]!.ToJsonString());
    }

    [Fact]
    public async Task Send_LargestNoteThereCanBe_LessThanAMegabyte()
    {
        var text = new string('\u0001', 20_000);
        Exception exception = new InvalidOperationException(text);
        for (var i = 0; i < 30; i++)
        {
            exception = new InvalidOperationException(text, exception);
        }

        var crumb = new Breadcrumb(DateTimeOffset.UnixEpoch, BreadcrumbLevel.Info, "bucket", text, [.. Enumerable.Range(0, 50).Select(i => ($"{i}", text))]);
        var note = AlertOfTest.Note(exception: exception) with
        {
            Message = text,
            Request = new AlertRequest(text, "GET", text, text, text, text, null),
            Breadcrumbs = [.. Enumerable.Repeat(crumb, 500)],
        };

        await _sink.SendAsync([note], Cancellation);

        Assert.True(Assert.Single(_stub.Calls).Body.Length < 1_000_000, $"{_stub.Calls[0].Body.Length} bytes");
        Assert.Equal(100, _stub.Events[0]["breadcrumbs"]!.AsArray().Count);
    }

    private static async Task<Exception> ThrownAsync()
    {
        try
        {
            await ThrowOuterAsync();
            throw new InvalidOperationException("never");
        }
        catch (InvalidOperationException exception)
        {
            return exception;
        }
    }

    private static async Task ThrowOuterAsync()
    {
        await Task.Yield();
        try
        {
            throw new AggregateException("several", new FormatException("inner very-secret-key"));
        }
        catch (AggregateException exception)
        {
            throw new InvalidOperationException("outer", exception);
        }
    }
}
