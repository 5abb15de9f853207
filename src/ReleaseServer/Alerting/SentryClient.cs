using System.Net.Http.Headers;

namespace ReleaseServer.Alerting;

/// <summary>Posts envelopes and heeds what Sentry answers. Called by one at a time.</summary>
internal sealed partial class SentryClient : IDisposable
{
    private readonly SentryDsn _dsn;
    private readonly SentryReports _reports;
    private readonly SentryRateLimits _limits;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly bool _isDebug;
    private readonly HttpClient _http;

    public SentryClient(SentryDsn dsn, bool isDebug, SentryReports reports, TimeProvider clock, ILogger logger)
    {
        (_dsn, _isDebug, _reports, _clock, _logger) = (dsn, isDebug, reports, clock, logger);
        _limits = new SentryRateLimits(clock);
        _http = AlertHttp.NewClient();
    }

    /// <summary>Whether events are not wanted now.</summary>
    public bool IsLimited => _limits.IsLimited(SentryRateLimits.Error);

    /// <summary>Sends an event, with what there is to report beside it.</summary>
    /// <returns>What went wrong; null for nothing.</returns>
    public Task<string?> SendAsync(string eventId, byte[] json, CancellationToken cancellationToken) => PostAsync(eventId, json, cancellationToken);

    /// <summary>Sends what there is to report, if anything; not while Sentry wants nothing at all.</summary>
    /// <returns>As <see cref="SendAsync"/>.</returns>
    public async Task<string?> ReportAsync(CancellationToken cancellationToken) =>
        _limits.AreAllLimited ? null : await PostAsync(eventId: null, json: null, cancellationToken);

    public void Dispose() => _http.Dispose();

    private async Task<string?> PostAsync(string? eventId, byte[]? json, CancellationToken cancellationToken)
    {
        var reported = _reports.Take();
        var now = _clock.GetUtcNow();
        var items = new List<(string Type, byte[] Json)>(2);
        if (json is not null)
        {
            items.Add(("event", json));
        }

        if (reported is not null)
        {
            items.Add(("client_report", SentryReports.ToJson(reported, now)));
        }

        if (items.Count == 0)
        {
            return null;
        }

        string? lostBy = SentryReports.NetworkError;
        var unreported = reported;
        try
        {
            using var message = NewMessage(SentryEnvelope.Compress(SentryEnvelope.Build(eventId, now, [.. items])));
            using var response = await _http.SendAsync(message, cancellationToken);
            var status = (int)response.StatusCode;
            _limits.Update(status, AlertHttp.Field(response, SentryRateLimits.FieldName), AlertHttp.Field(response, "Retry-After"));
            if (_isDebug)
            {
                LogAnswered(_logger, status, eventId ?? "no event, a client report");
            }

            // Sentry counts what it refuses by 429 itself.
            lostBy = response.IsSuccessStatusCode || status == 429 ? null : SentryReports.SendError;
            if (!response.IsSuccessStatusCode)
            {
                return $"{_dsn} answered {status}";
            }

            unreported = null;
            return null;
        }
        catch (Exception exception) when (AlertHttp.IsOfTheNetwork(exception) && !cancellationToken.IsCancellationRequested)
        {
            return AlertHttp.Describe(_dsn.ToString(), exception);
        }
        finally
        {
            if (lostBy is not null && json is not null)
            {
                _reports.Add(lostBy);
            }

            if (unreported is not null)
            {
                _reports.PutBack(unreported);
            }
        }
    }

    private HttpRequestMessage NewMessage(byte[] compressed)
    {
        var content = new ByteArrayContent(compressed);
        content.Headers.ContentType = new MediaTypeHeaderValue(SentryEnvelope.MediaType);
        content.Headers.ContentEncoding.Add("gzip");
        var message = new HttpRequestMessage(HttpMethod.Post, _dsn.Envelopes) { Content = content };
        message.Headers.TryAddWithoutValidation("X-Sentry-Auth", _dsn.Authorization);
        return message;
    }

    [LoggerMessage(LogLevel.Information, "Sentry answered {Status} to {EventId}")]
    private static partial void LogAnswered(ILogger logger, int status, string eventId);
}
