using System.Text.Json;

namespace ReleaseServer.Alerting;

/// <summary>Counts what Sentry was not sent, to tell it (client reports). Safe for concurrent use.</summary>
internal sealed class SentryReports
{
    public const string QueueOverflow = "queue_overflow";
    public const string RateLimited = "ratelimit_backoff";
    public const string NetworkError = "network_error";
    public const string SendError = "send_error";
    public const string SampledOut = "sample_rate";

    private readonly Lock _lock = new();
    private Dictionary<string, long> _discarded = [];

    /// <summary>Counts discarded events, all of the category <c>error</c>.</summary>
    public void Add(string reason, long quantity = 1)
    {
        lock (_lock)
        {
            _discarded[reason] = _discarded.GetValueOrDefault(reason) + quantity;
        }
    }

    /// <summary>Takes the counts, which begin anew; null where there is nothing to tell.</summary>
    public IReadOnlyDictionary<string, long>? Take()
    {
        lock (_lock)
        {
            if (_discarded.Count == 0)
            {
                return null;
            }

            var taken = _discarded;
            _discarded = [];
            return taken;
        }
    }

    /// <summary>Gives counts back that could not be told.</summary>
    public void PutBack(IReadOnlyDictionary<string, long> taken)
    {
        foreach (var (reason, quantity) in taken)
        {
            Add(reason, quantity);
        }
    }

    public static byte[] ToJson(IReadOnlyDictionary<string, long> discarded, DateTimeOffset now)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("timestamp", SentryEvent.Text(now));
            json.WriteStartArray("discarded_events");
            foreach (var (reason, quantity) in discarded.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
            {
                json.WriteStartObject();
                json.WriteString("reason", reason);
                json.WriteString("category", SentryRateLimits.Error);
                json.WriteNumber("quantity", quantity);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }
}
