using System.Diagnostics.Metrics;
using ReleaseServer.Alerting;
using ReleaseServer.Buckets;
using ReleaseServer.Releases;
using ReleaseServer.Resilience;
using ReleaseServer.Site;
using ReleaseServer.Testing.Alerting;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Releases;

public sealed class ReplicaFollowerTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 8, 5, 14, 0, 0, TimeSpan.Zero);

    private readonly ManualClock _clock = new(Start);
    private readonly InMemoryBucket _source = new();
    private readonly InMemoryBucket _copy = new();
    private readonly ObservedBucket _replica;
    private readonly ReplicationMetrics _metrics = new();
    private readonly AlertRecorder _alerts = new();
    private readonly List<string> _lines = [];

    public ReplicaFollowerTests()
    {
        _replica = new ObservedBucket(_copy);
        _source.Put("a/x.txt", "x");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _metrics.Dispose();

    [Fact]
    public async Task Look_ReplicaThatFails_LagGrowsIsToldOnceItIsLongAndEnds()
    {
        await PublishAsync("a");
        var follower = Follower();
        await follower.LookAsync(Token);
        _clock.Advance(TimeSpan.FromMinutes(1));
        await PublishAsync("b");
        _replica.Before = static (_, _) => throw new BucketUnavailableException("the replica's disk is full");

        _clock.Advance(TimeSpan.FromSeconds(200));
        await follower.LookAsync(Token);
        var (lag, early) = (MeasureLag(), _alerts.Raised.Count);
        _clock.Advance(TimeSpan.FromSeconds(100));
        await follower.LookAsync(Token);
        var told = _alerts.Raised[0];
        _replica.Before = static (_, _) => { };
        await follower.LookAsync(Token);

        Assert.Equal((200.0, 0), (lag, early));
        Assert.Equal((AlertKind.ReplicaBehind, _replica.Description), (told.Kind, told.Subject));
        Assert.Equal(0.0, MeasureLag());
        Assert.Equal([_replica.Description], _alerts.Resolved.Select(static resolved => resolved.Subject));
        Assert.Equal(
            [
                "bucket in memory: generation 0 -> 1, 1 objects of 1 bytes copied, 1 documents written, 0 deleted",
                "bucket in memory: the replica's disk is full; trying again",
                "bucket in memory: generation 1 -> 2, 0 objects of 0 bytes copied, 1 documents written, 0 deleted",
            ],
            _lines);
    }

    [Fact]
    public async Task Look_OnceADay_AtEveryObject()
    {
        await PublishAsync("a");
        var follower = Follower();
        await follower.LookAsync(Token);
        _source.Put("a/y.txt", "published by nobody");

        await follower.LookAsync(Token);
        var early = await ExistsAsync("a/y.txt");
        _clock.Advance(TimeSpan.FromDays(1));
        await follower.LookAsync(Token);

        Assert.False(early);
        Assert.True(await ExistsAsync("a/y.txt"));
    }

    [Fact]
    public async Task Look_ReplicaThatWasPublishedTo_ToldAndNothingCopied()
    {
        await PublishAsync("a");
        var follower = Follower();
        await follower.LookAsync(Token);
        await new SitePublisher(_copy, _clock).PublishLinksAsync([new Link("z", "a", true)], Token);

        await follower.LookAsync(Token);

        Assert.Contains("has it been made the primary?", _alerts.Raised[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Write_TextOfPrometheus()
    {
        await PublishAsync("a");

        await Follower().LookAsync(Token);

        Assert.Contains("# TYPE replication_lag_seconds gauge\nreplication_lag_seconds{replica=\"bucket in memory\"} 0\n", _metrics.Write(), StringComparison.Ordinal);
        Assert.Contains("replication_copied_bytes_total{replica=\"bucket in memory\"} 1\n", _metrics.Write(), StringComparison.Ordinal);
    }

    private ReplicaFollower Follower() => new(
        _source, _replica, ReleaseRules.None, new ReplicationRequest(), new ReplicationOptions(), _metrics, _alerts, _clock, _lines.Add);

    private Task<GenerationDocument> PublishAsync(string link) => new SitePublisher(_source, _clock).PublishLinksAsync([new Link(link + "-latest", "a", true)], Token);

    private async Task<bool> ExistsAsync(string key) => AssetKey.TryCreate(key, out var made) && await _copy.HeadAsync(made, Token) is not null;

    private static double? MeasureLag()
    {
        double? measured = null;
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument is { Name: "replication.lag", Meter.Name: ReplicationMetrics.MeterName })
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((_, value, _, _) => measured = value);
        listener.Start();
        listener.RecordObservableInstruments();
        return measured;
    }
}
