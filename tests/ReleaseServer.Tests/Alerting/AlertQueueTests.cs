using Microsoft.Extensions.Logging;
using ReleaseServer.Alerting;
using ReleaseServer.Testing.Logging;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Alerting;

public sealed class AlertQueueTests
{
    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly LogLineRecorder _log = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Raise_TenThousandKindsOfTroubleWhileTheSinkHangs_NobodyWaitsAndNothingPilesUp()
    {
        var test = new AlertOfTest(maxQueueItems: 30);
        test.Sink.IsHung = true;
        using var end = new CancellationTokenSource();
        var running = test.Queue.RunAsync(end.Token);
        test.Raise();
        await test.Sink.WaitForBatchAsync(Cancellation);

        // All of them on this thread: it would hang here if anybody waited.
        for (var i = 0; i < 10_000; i++)
        {
            test.Raise(subject: $"bucket {i}");
        }

        Assert.Equal((30, AlertBoard.MaxIncidents - 30), (test.Queue.Waiting, test.Queue.Dropped));
        Assert.Equal(test.Queue.Dropped, test.Sink.Dropped);
        Assert.Single(test.Sink.Batches);
        await end.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Run_SinkGathers_WhatComesSoonIsOneBatchAndEachTroubleIsInItOnce()
    {
        var sink = new SinkOfTest { GatherTime = TimeSpan.FromSeconds(3), Pause = TimeSpan.FromSeconds(30) };
        using var queue = NewQueue(sink);
        var running = queue.RunAsync(Cancellation);

        queue.TryAdd(AlertOfTest.Note(AlertKind.BucketDown));
        queue.TryAdd(AlertOfTest.Note(AlertKind.Unanswered));
        queue.TryAdd(AlertOfTest.Note(AlertKind.BucketDown, phase: AlertPhase.Resolved));
        await sink.WaitForBatchAsync(_clock, Cancellation);
        queue.Complete();
        await running;

        var batch = Assert.Single(sink.Batches);
        Assert.Equal([(AlertKind.BucketDown, AlertPhase.Resolved), (AlertKind.Unanswered, AlertPhase.Raised)], batch.Select(note => (note.Kind, note.Phase)));
        Assert.Equal(22, batch[0].Suppressed);
        Assert.Equal(2, queue.Sent);
    }

    [Fact]
    public async Task Run_SinkAsksForPatience_NothingBeforeItsTimeAndThenAllTogether()
    {
        var sink = new SinkOfTest { GatherTime = TimeSpan.FromSeconds(1), Clock = _clock }
            .ThenAnswer(new AlertDelivery(0, 0, "it answered 429") { RetryAfter = TimeSpan.FromSeconds(40) });
        using var queue = NewQueue(sink);
        var running = queue.RunAsync(Cancellation);
        queue.TryAdd(AlertOfTest.Note(AlertKind.BucketDown));
        await sink.WaitForBatchAsync(_clock, Cancellation);

        queue.TryAdd(AlertOfTest.Note(AlertKind.SiteData));
        await sink.WaitForBatchAsync(_clock, Cancellation);
        queue.Complete();
        await running;

        Assert.True(sink.Arrivals[1] - sink.Arrivals[0] >= TimeSpan.FromSeconds(40));
        Assert.Equal([AlertKind.BucketDown, AlertKind.SiteData], sink.Batches[1].Select(note => note.Kind));
        Assert.Equal((2, 0), (queue.Sent, queue.Lost));
        Assert.Equal(["Test cannot be told of alerts: it answered 429; this is said once, until it can be again"], _log.Of(LogLevel.Warning));
        Assert.Equal(["Test can be told of alerts again; 0 were lost"], _log.Of(LogLevel.Information));
    }

    [Fact]
    public async Task Complete_SinkAsksForPatience_NotAskedAgain()
    {
        var sink = new SinkOfTest().ThenAnswer(new AlertDelivery(0, 0, "it answered 429") { RetryAfter = TimeSpan.FromHours(1) });
        using var queue = NewQueue(sink);
        queue.TryAdd(AlertOfTest.Note());
        queue.Complete();

        await queue.RunAsync(Cancellation);

        Assert.Single(sink.Batches);
        Assert.Equal((0, 1), (queue.Sent, queue.Lost));
        Assert.Equal(1, sink.Idles);
    }

    [Fact]
    public async Task Run_NothingHappens_SinkMayDoWhatIsDue()
    {
        var sink = new SinkOfTest();
        using var queue = NewQueue(sink);
        var running = queue.RunAsync(Cancellation);

        while (sink.Idles == 0)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        queue.Complete();
        await running;
        Assert.Empty(sink.Batches);
    }

    [Fact]
    public async Task Stop_SinkHangs_EndsAtItsLimitAndSaysSo()
    {
        var test = new AlertOfTest();
        test.Sink.IsHung = true;
        using var dispatcher = new AlertDispatcher(test.Board, [test.Queue], test.Clock, _log.For<AlertDispatcher>());
        await dispatcher.StartAsync(Cancellation);
        test.Raise();
        await test.Sink.WaitForBatchAsync(Cancellation);
        test.Raise(subject: "another");

        var stopping = dispatcher.StopAsync(Cancellation);
        while (!stopping.IsCompleted)
        {
            test.Clock.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        await stopping;
        Assert.Equal(["Test did not take the last alerts in time; 1 still waited"], _log.Of(LogLevel.Warning));
    }

    [Fact]
    public async Task Stop_SomeWait_SentFirst()
    {
        var test = new AlertOfTest();
        using var dispatcher = new AlertDispatcher(test.Board, [test.Queue], test.Clock, _log.For<AlertDispatcher>());
        test.Raise();
        test.Raise(subject: "another");

        await dispatcher.StartAsync(Cancellation);
        await dispatcher.StopAsync(Cancellation);

        Assert.Equal(2, test.Sink.Notes.Count);
        Assert.Equal(["Alerts go to Test: nowhere"], _log.Lines.Select(line => line["Information: ".Length..]));
    }

    private AlertQueue NewQueue(SinkOfTest sink) => new(sink, _clock, _log.For<AlertQueue>());
}
