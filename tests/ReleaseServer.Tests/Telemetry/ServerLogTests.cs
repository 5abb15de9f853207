using ReleaseServer.Buckets;
using ReleaseServer.Telemetry;
using Serilog.Events;

namespace ReleaseServer.Tests.Telemetry;

public sealed class ServerLogTests
{
    private readonly CollectingSink _sink = new();

    [Fact]
    public async Task Write_QueueFull_DropsWithoutWaitingAndSaysHowMany()
    {
        var log = ServerLog.Create(new LogOptions { QueueLength = 1 }, queued => queued.Sink(_sink));
        _sink.HoldUp();
        log.Logger.Information("written");
        await _sink.Reached.WaitAsync(TestContext.Current.CancellationToken);

        log.Logger.Information("queued");
        log.Logger.Information("dropped");
        log.Logger.Information("dropped");
        var dropped = log.DroppedEvents;
        _sink.LetGo();
        log.Dispose();

        Assert.Equal(2, dropped);
        Assert.Equal(
            ["written", "2 log events were dropped: more than 1 (Log:QueueLength) waited to be written", "queued"],
            _sink.Messages);
    }

    [Fact]
    public void Dispose_EventsDroppedSinceTheLastReport_SaysSo()
    {
        var queue = new LogQueueMonitor();
        var inspector = new FullQueue();
        queue.StartMonitoring(inspector);
        var time = new FixedTime().GetLocalNow();
        var dropping = new DroppedEventsSink(_sink, queue);

        foreach (var seconds in new[] { 0, 1, 9, 10 })
        {
            inspector.DroppedMessagesCount++;
            dropping.Emit(new LogEvent(time.AddSeconds(seconds), LogEventLevel.Information, null, MessageTemplate.Empty, []));
        }

        inspector.DroppedMessagesCount++;
        dropping.Dispose();

        // One at once, then one after ten seconds, then the rest.
        Assert.Equal([1L, 3L, 1L], _sink.Events
            .Where(logEvent => logEvent.Level == LogEventLevel.Warning)
            .Select(logEvent => ((ScalarValue)logEvent.Properties["Dropped"]).Value));
    }

    [Theory]
    [InlineData("Debug", 4)]
    [InlineData("Information", 3)]
    [InlineData("Warning", 2)]
    [InlineData("Error", 1)]
    public void Write_EachLevel_OnlyFromTheSetLevelOn(string level, int written)
    {
        using (var log = ServerLog.Create(new LogOptions { Level = Enum.Parse<LogLevelName>(level) }, queued => queued.Sink(_sink)))
        {
            log.Logger.Debug("");
            log.Logger.Information("");
            log.Logger.Warning("");
            log.Logger.Error("");
        }

        Assert.Equal(written, _sink.Events.Count);
    }

    [Fact]
    public void Write_OptionsByTheirParts_SecretsAreMasked()
    {
        var options = new BucketOptions { Name = "releases", AccessKey = "hunter2", SecretKey = "hunter2" };

        using (var log = ServerLog.Create(new LogOptions(), queued => queued.Sink(_sink)))
        {
            log.Logger.Information("{@Options}", options);
            log.Logger.Information("{@Options}", new { Nested = options, List = new[] { options } });
            log.Logger.Information("{Options}", options);
        }

        Assert.Equal(3, _sink.Events.Count);
        Assert.All(
            _sink.Events.SelectMany(logEvent => new[]
            {
                CollectingSink.Format(new ConsoleLogFormatter(), logEvent),
                CollectingSink.Format(new JsonLogFormatter(), logEvent),
            }),
            line => Assert.DoesNotContain("hunter2", line, StringComparison.Ordinal));
        Assert.Contains("releases", _sink.Messages.First(), StringComparison.Ordinal);
    }

    private sealed class FullQueue : Serilog.Sinks.Async.IAsyncLogEventSinkInspector
    {
        public int BufferSize => 100;

        public int Count => 100;

        public long DroppedMessagesCount { get; set; }
    }
}
