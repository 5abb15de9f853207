using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using ReleaseServer.Alerting;
using ReleaseServer.Testing.Logging;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Alerting;

/// <summary>What tests of this room share: a clock, a board with one sink in memory, and notes.</summary>
internal sealed class AlertOfTest
{
    public static readonly AlertSource Source = new("dist-3", "staging", "releaseserver@1.2.3", new Uri("https://wiki.example.org/sops/"));

    public static readonly SecretScrubber Scrubber = new(["very-secret-key"]);

    public AlertOfTest(AlertingOptions? options = null, int maxQueueItems = 10_000)
    {
        Sink = new SinkOfTest { MaxQueueItems = maxQueueItems };
        Queue = new AlertQueue(Sink, Clock, Log.For<AlertQueue>());
        Board = new AlertBoard(options ?? new AlertingOptions(), Source, Scrubber, [Queue], Clock, Log.For<AlertBoard>());
    }

    public ManualClock Clock { get; } = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    public LogLineRecorder Log { get; } = new();

    public SinkOfTest Sink { get; }

    public AlertQueue Queue { get; }

    public AlertBoard Board { get; }

    public static AlertNote Note(AlertKind? kind = null, string subject = "s3 releases", AlertPhase phase = AlertPhase.Raised, Exception? exception = null) => new()
    {
        Kind = kind ?? AlertKind.BucketDown,
        Subject = subject,
        Message = "It does not answer.",
        Phase = phase,
        Since = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
        At = new DateTimeOffset(2026, 1, 2, 3, 14, 5, TimeSpan.Zero),
        Count = 12,
        Suppressed = 11,
        Exception = exception,
    };

    public static SentryAlertSink NewSentry(string dsn, TimeProvider clock, Action<SentryOptions>? configure = null, Func<double>? draw = null)
    {
        var options = new SentryOptions { Dsn = dsn };
        configure?.Invoke(options);
        return new SentryAlertSink(options, Source, Scrubber, clock, NullLogger<SentryAlertSink>.Instance, draw);
    }

    public void Raise(string message = "It does not answer.", AlertKind? kind = null, string subject = "s3 releases") =>
        Board.Raise(new Alert(kind ?? AlertKind.BucketDown, subject, message));

    /// <summary>Lets time pass, looking as often as the server does.</summary>
    public void Pass(TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromSeconds(5))
        {
            Clock.Advance(TimeSpan.FromSeconds(5));
            Board.Sweep();
        }
    }

    /// <summary>All that was told so far.</summary>
    public async Task<IReadOnlyList<AlertNote>> ToldAsync()
    {
        Queue.Complete();
        await Queue.RunAsync(TestContext.Current.CancellationToken);
        return Sink.Notes;
    }
}

/// <summary>Takes notes, or holds whoever sends, or answers as told. Safe for concurrent use.</summary>
internal sealed class SinkOfTest : IAlertSink
{
    private readonly Lock _lock = new();
    private readonly List<IReadOnlyList<AlertNote>> _batches = [];
    private readonly List<DateTimeOffset> _arrivals = [];
    private readonly Queue<AlertDelivery> _answers = new();
    private readonly Channel<bool> _arrived = Channel.CreateUnbounded<bool>();
    private int _dropped;

    public string Name => "Test";

    public string Destination => "nowhere";

    public int MaxQueueItems { get; init; } = 100;

    public TimeSpan GatherTime { get; init; }

    public TimeSpan Pause { get; init; }

    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Of <see cref="Arrivals"/>.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>When each batch came.</summary>
    public IReadOnlyList<DateTimeOffset> Arrivals
    {
        get
        {
            lock (_lock)
            {
                return [.. _arrivals];
            }
        }
    }

    /// <summary>Never answers.</summary>
    public bool IsHung { get; set; }

    public int Dropped => Volatile.Read(ref _dropped);

    public int Idles { get; private set; }

    public IReadOnlyList<IReadOnlyList<AlertNote>> Batches
    {
        get
        {
            lock (_lock)
            {
                return [.. _batches];
            }
        }
    }

    public IReadOnlyList<AlertNote> Notes => [.. Batches.SelectMany(static batch => batch)];

    public SinkOfTest ThenAnswer(AlertDelivery delivery)
    {
        _answers.Enqueue(delivery);
        return this;
    }

    public bool Wants(AlertNote note) => true;

    public void OnDropped(AlertNote note) => Interlocked.Increment(ref _dropped);

    /// <summary>Ends once one more batch has arrived, which it moves the clock for.</summary>
    public async Task WaitForBatchAsync(ManualClock clock, CancellationToken cancellationToken)
    {
        var arrived = _arrived.Reader.ReadAsync(cancellationToken).AsTask();
        while (!arrived.IsCompleted)
        {
            clock.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        await arrived;
    }

    public Task WaitForBatchAsync(CancellationToken cancellationToken) => _arrived.Reader.ReadAsync(cancellationToken).AsTask();

    public async Task<AlertDelivery> SendAsync(IReadOnlyList<AlertNote> notes, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _batches.Add([.. notes]);
            _arrivals.Add(Clock.GetUtcNow());
        }

        _arrived.Writer.TryWrite(true);
        if (IsHung)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }

        return _answers.TryDequeue(out var answer) ? answer : new AlertDelivery(notes.Count, 0, null);
    }

    public Task IdleAsync(CancellationToken cancellationToken)
    {
        Idles++;
        return Task.CompletedTask;
    }
}
