using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using ReleaseServer.Alerting;
using ReleaseServer.EndToEnd.Processes;
using ReleaseServer.Testing.Alerting;

namespace ReleaseServer.EndToEnd.Alerting;

/// <summary>Our client of Sentry beside Sentry's own for Node.js: the same trouble, the same stub, compared.</summary>
public sealed class SentryOracleTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _home = new();
    private AlertStub _stub = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static string Clients => Path.Combine(Repository.Root, "tests", ".work", "clients");

    public async ValueTask InitializeAsync() => _stub = await AlertStub.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _home.Dispose();
        await _stub.DisposeAsync();
    }

    [Fact]
    public async Task Send_SameErrorWithItsCause_SameAddressKeyAndShape()
    {
        (await NodeAsync("send", _stub.Dsn)).Expect(0);
        await SendOursAsync(new InvalidOperationException("outer", new FormatException("inner")));

        var (theirs, ours) = (_stub.SentryCalls[0], _stub.SentryCalls[1]);
        var (theirHeader, theirItems) = theirs.ReadEnvelope();
        var (ourHeader, ourItems) = ours.ReadEnvelope();
        Assert.Equal(theirs.Target.Split('?')[0], ours.Target);
        foreach (var parameter in new[] { "sentry_version=7", $"sentry_key={AlertStub.PublicKey}" })
        {
            // They put in the query what we put in a field; Sentry takes both.
            Assert.Contains(parameter, theirs.Target, StringComparison.Ordinal);
            Assert.Contains(parameter, ours.Fields["X-Sentry-Auth"], StringComparison.Ordinal);
        }

        Assert.Empty(NamesMissing(theirHeader, ourHeader).Except(["trace"]));
        Assert.Equal(theirItems.Select(static item => (string)item.Header["type"]!), ourItems.Select(static item => (string)item.Header["type"]!));
        var (theirEvent, ourEvent) = (theirItems[0].Content, ourItems[0].Content);
        Assert.Empty(NamesMissing(theirEvent, ourEvent));
        foreach (var name in new[] { "level", "server_name", "environment", "release" })
        {
            Assert.Equal((string)theirEvent[name]!, (string)ourEvent[name]!);
        }

        Assert.Equal(theirEvent["fingerprint"]!.ToJsonString(), ourEvent["fingerprint"]!.ToJsonString());
        Assert.Equal((string)theirEvent["tags"]!["route"]!, (string)ourEvent["tags"]!["route"]!);
        AssertSameExceptions(theirEvent, ourEvent);
        AssertSameBreadcrumbs(theirEvent, ourEvent);
    }

    [Fact]
    public async Task Send_WhileErrorsAreNotWanted_SameNumberOfEventsAndSameReport()
    {
        (string, string)[] fields = [(SentryRateLimits.FieldName, "3600:error:organization:usage_exceeded"), ("Retry-After", "3600")];
        _stub.ThenAnswer(429, fields);
        (await NodeAsync("limited", _stub.Dsn)).Expect(0);
        var theirs = _stub.SentryCalls;
        _stub.ThenAnswer(429, fields);
        using (var sink = NewSink())
        {
            for (var i = 0; i < 5; i++)
            {
                await sink.SendAsync([Note(new InvalidOperationException($"limited {i}"))], Cancellation);
            }

            await sink.IdleAsync(Cancellation);
        }

        var ours = _stub.SentryCalls.Skip(theirs.Count).ToList();
        Assert.Equal(theirs.Sum(static call => call.Items("event").Count()), ours.Sum(static call => call.Items("event").Count()));
        Assert.Equal(ReportOf(theirs), ReportOf(ours));
        Assert.Equal("""[{"reason":"ratelimit_backoff","category":"error","quantity":4}]""", ReportOf(ours));
    }

    [Fact]
    public async Task Envelope_OfOurs_ReadByTheirParser()
    {
        // A line break in the message: only an item's length leads past it.
        await SendOursAsync(new InvalidOperationException("first line\nsecond line äöü 🙂"));
        var call = Assert.Single(_stub.SentryCalls);
        await File.WriteAllBytesAsync(_home["envelope"], call.Body, Cancellation);

        var run = (await NodeAsync("parse", _home["envelope"])).Expect(0);

        var read = JsonNode.Parse(run.Output)!;
        var (header, items) = call.ReadEnvelope();
        Assert.Equal(header.ToJsonString(), read["header"]!.ToJsonString());
        var item = Assert.Single(read["items"]!.AsArray());
        Assert.Equal("event", (string)item![0]!["type"]!);
        Assert.True(JsonNode.DeepEquals(items[0].Content, item[1]));
        Assert.Equal("first line\nsecond line äöü 🙂", (string)item[1]!["exception"]!["values"]![0]!["value"]!);
    }

    private static void AssertSameExceptions(JsonNode theirEvent, JsonNode ourEvent)
    {
        var (theirs, ours) = (theirEvent["exception"]!["values"]!.AsArray(), ourEvent["exception"]!["values"]!.AsArray());
        Assert.Equal(["inner", "outer"], theirs.Select(static value => (string)value!["value"]!));
        Assert.Equal(["inner", "outer"], ours.Select(static value => (string)value!["value"]!));
        for (var i = 0; i < theirs.Count; i++)
        {
            foreach (var name in new[] { "handled", "exception_id", "parent_id" })
            {
                Assert.Equal(theirs[i]!["mechanism"]![name]?.ToJsonString(), ours[i]!["mechanism"]![name]?.ToJsonString());
            }

            Assert.Empty(NamesMissing(theirs[i]!, ours[i]!));
            Assert.Empty(NamesMissing(FrameOf(theirs[i]!), FrameOf(ours[i]!)));
        }

        // Where it was thrown is last in both.
        Assert.Equal("failingOuter", (string)FrameOf(theirs[1]!)["function"]!);
        Assert.Equal(nameof(FailingOuter), (string)FrameOf(ours[1]!)["function"]!);
    }

    private static void AssertSameBreadcrumbs(JsonNode theirEvent, JsonNode ourEvent)
    {
        // Ours may have some of the process besides, which are older.
        var (theirs, ours) = (theirEvent["breadcrumbs"]!.AsArray()[^1]!, ourEvent["breadcrumbs"]!.AsArray()[^1]!);
        Assert.Empty(NamesMissing(theirs, ours));
        foreach (var name in new[] { "category", "message", "level", "data" })
        {
            Assert.Equal(theirs[name]!.ToJsonString(), ours[name]!.ToJsonString());
        }
    }

    private static string ReportOf(IEnumerable<AlertStubCall> calls) =>
        Assert.Single(calls.SelectMany(static call => call.Items("client_report")))["discarded_events"]!.ToJsonString();

    private static JsonNode FrameOf(JsonNode exception) => exception["stacktrace"]!["frames"]!.AsArray()[^1]!;

    private static IEnumerable<string> NamesMissing(JsonNode theirs, JsonNode ours) =>
        theirs.AsObject().Select(static member => member.Key).Except(ours.AsObject().Select(static member => member.Key));

    private static AlertNote Note(Exception exception) => new()
    {
        Kind = AlertKind.BucketDown,
        Subject = "s3 releases",
        Message = "It does not answer.",
        Phase = AlertPhase.Raised,
        Since = TimeProvider.System.GetUtcNow(),
        At = TimeProvider.System.GetUtcNow(),
        Count = 1,
        Suppressed = 0,
        Exception = exception,
        Request = new AlertRequest("0HN1", "GET", "/dist/x", "/dist/", "nodejs/release/x", "curl/8", null),
        Breadcrumbs = [new Breadcrumb(TimeProvider.System.GetUtcNow(), BreadcrumbLevel.Warning, "retry", "second try", [("attempt", "2")])],
    };

    private static InvalidOperationException FailingOuter(Exception failure)
    {
        try
        {
            try
            {
                throw failure.InnerException ?? failure;
            }
            catch (FormatException cause)
            {
                throw new InvalidOperationException(failure.Message, cause);
            }
        }
        catch (InvalidOperationException exception)
        {
            return exception;
        }
    }

    private static async Task<CommandRun> NodeAsync(string mode, string argument)
    {
        var node = string.Empty;
        try
        {
            node = Requirement.Program("node");
            if (!Directory.Exists(Path.Combine(Clients, "node_modules", "@sentry", "node")))
            {
                throw new RequirementMissingException("the npm package @sentry/node is not installed; tests/run.sh installs it");
            }
        }
        catch (RequirementMissingException exception)
        {
            Requirement.Missing(exception.Message);
        }

        return await CommandRun.StartAsync(node, Clients, [Path.Combine(Repository.Root, "tests", "clients", "sentry.cjs"), Clients, mode, argument]);
    }

    private async Task SendOursAsync(Exception failure)
    {
        using var sink = NewSink();
        await sink.SendAsync([Note(FailingOuter(failure))], Cancellation);
    }

    private SentryAlertSink NewSink() => new(
        new SentryOptions { Dsn = _stub.Dsn },
        new AlertSource("dist-3", "staging", "releaseserver@1.2.3", null),
        new SecretScrubber([]),
        TimeProvider.System,
        NullLogger<SentryAlertSink>.Instance);
}
