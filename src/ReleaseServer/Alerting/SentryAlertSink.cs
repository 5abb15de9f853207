namespace ReleaseServer.Alerting;

/// <summary>Tells Sentry, by our own client of its envelope protocol (ADR 14).</summary>
internal sealed class SentryAlertSink : IAlertSink, IDisposable
{
    private readonly SentryOptions _options;
    private readonly SentryEvent _events;
    private readonly SentryClient _client;
    private readonly SentryDsn _dsn;
    private readonly SentryReports _reports = new();
    private readonly Func<double> _draw;

    /// <param name="options">Validated, with a DSN.</param>
    /// <param name="draw">A number from 0 to less than 1 for each event; null for a random one.</param>
    public SentryAlertSink(
        SentryOptions options, AlertSource source, SecretScrubber scrubber, TimeProvider clock, ILogger<SentryAlertSink> logger, Func<double>? draw = null)
    {
        _options = options;
        _dsn = SentryDsn.TryParse(options.Dsn ?? "", out var dsn) ? dsn : throw new ArgumentException("has no DSN", nameof(options));
        _events = new SentryEvent(source, scrubber, options.MaxBreadcrumbs);
        _client = new SentryClient(dsn, options.Debug, _reports, clock, logger);
        _draw = draw ?? Random.Shared.NextDouble;
    }

    public string Name => "Sentry";

    public string Destination => _dsn.ToString();

    public int MaxQueueItems => _options.MaxQueueItems;

    public TimeSpan GatherTime => TimeSpan.Zero;

    public TimeSpan Pause => TimeSpan.Zero;

    public TimeSpan ShutdownTimeout => _options.ShutdownTimeout;

    // That one error has not come again is no news. How many came that were not told is.
    public bool Wants(AlertNote note) => note is not { Phase: AlertPhase.Resolved, Kind.EndsBySilence: true, Suppressed: 0 };

    public void OnDropped(AlertNote note) => _reports.Add(SentryReports.QueueOverflow);

    public async Task<AlertDelivery> SendAsync(IReadOnlyList<AlertNote> notes, CancellationToken cancellationToken)
    {
        var sent = 0;
        string? trouble = null;
        foreach (var note in notes)
        {
            if (_options.SampleRate < 1 && _draw() >= _options.SampleRate)
            {
                _reports.Add(SentryReports.SampledOut);
                continue;
            }

            if (_client.IsLimited)
            {
                _reports.Add(SentryReports.RateLimited);
                trouble ??= $"{_dsn} wants no events for a while";
                continue;
            }

            var id = SentryEvent.NewId();
            var failure = await _client.SendAsync(id, _events.ToJson(note, id), cancellationToken);
            trouble ??= failure;
            sent += failure is null ? 1 : 0;
        }

        return new AlertDelivery(sent, notes.Count - sent, trouble);
    }

    public Task IdleAsync(CancellationToken cancellationToken) => _client.ReportAsync(cancellationToken);

    public void Dispose() => _client.Dispose();
}
