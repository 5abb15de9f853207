using System.Net;
using System.Net.Http.Headers;

namespace ReleaseServer.Alerting;

/// <summary>Tells a Slack channel of what people must act on, by an incoming webhook. What comes within a few seconds is one post.</summary>
internal sealed class SlackAlertSink(SlackOptions options, AlertSource source, TimeProvider clock) : IAlertSink, IDisposable
{
    /// <summary>Slack answers 429 for longer than this only when something is wrong with us.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan UsualWait = TimeSpan.FromSeconds(30);

    private readonly Uri _url = options.WebhookUrl ?? throw new ArgumentException("has no address", nameof(options));
    private readonly SlackMessage _message = new(source);
    private readonly HttpClient _http = AlertHttp.NewClient();

    public string Name => "Slack";

    /// <summary>The host alone: the path is the key.</summary>
    public string Destination => _url.Authority;

    public int MaxQueueItems => 100;

    /// <summary>Of one outage, several things are seen within a second or two.</summary>
    public TimeSpan GatherTime => TimeSpan.FromSeconds(3);

    public TimeSpan Pause => TimeSpan.FromSeconds(30);

    public TimeSpan ShutdownTimeout => TimeSpan.FromSeconds(2);

    public bool Wants(AlertNote note) => note.Kind.IsCritical;

    public void OnDropped(AlertNote note)
    {
        // Counted by the queue; Slack has nobody to tell.
    }

    public async Task<AlertDelivery> SendAsync(IReadOnlyList<AlertNote> notes, CancellationToken cancellationToken)
    {
        try
        {
            using var content = new ByteArrayContent(_message.ToJson(notes));
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json") { CharSet = "utf-8" };
            using var response = await _http.PostAsync(_url, content, cancellationToken);
            if (response.IsSuccessStatusCode)
            {
                return new AlertDelivery(notes.Count, 0, null);
            }

            var trouble = $"{Destination} answered {(int)response.StatusCode}";
            return response.StatusCode is HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError
                ? Later(trouble, SentryRateLimits.ParseRetryAfter(AlertHttp.Field(response, "Retry-After"), clock.GetUtcNow()))
                : new AlertDelivery(0, notes.Count, $"{trouble}: is Slack:WebhookUrl still right?");
        }
        catch (Exception exception) when (AlertHttp.IsOfTheNetwork(exception) && !cancellationToken.IsCancellationRequested)
        {
            return Later(AlertHttp.Describe(Destination, exception), wait: null);
        }
    }

    public Task IdleAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _http.Dispose();

    private static AlertDelivery Later(string trouble, TimeSpan? wait) =>
        new(0, 0, trouble) { RetryAfter = wait is not { } asked ? UsualWait : asked < LongestWait ? asked : LongestWait };
}
