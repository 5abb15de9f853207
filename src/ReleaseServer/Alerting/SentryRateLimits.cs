using System.Globalization;

namespace ReleaseServer.Alerting;

/// <summary>For how long Sentry wants nothing, by category of data. Used by one caller at a time.</summary>
/// <remarks>
/// <c>X-Sentry-Rate-Limits</c> comes with any answer, 200 included: <c>seconds:categories:scope:reason:namespaces</c>, several between commas. Without
/// it, 429 is about everything, for the time of <c>Retry-After</c>.
/// </remarks>
internal sealed class SentryRateLimits(TimeProvider clock)
{
    public const string Error = "error";
    public const string FieldName = "X-Sentry-Rate-Limits";

    /// <summary>Stands for every category.</summary>
    private const string All = "";

    private const int TooManyRequests = 429;
    private const double LongestSeconds = 24 * 60 * 60;

    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(60);

    private readonly Dictionary<string, DateTimeOffset> _until = [];

    /// <summary>Whether everything is refused.</summary>
    public bool AreAllLimited => IsLimitedBy(All);

    public bool IsLimited(string category) => AreAllLimited || IsLimitedBy(category);

    /// <summary>Takes in what an answer says.</summary>
    /// <param name="limits">The field X-Sentry-Rate-Limits; null where it is not there.</param>
    /// <param name="retryAfter">The field Retry-After; null where it is not there.</param>
    public void Update(int status, string? limits, string? retryAfter)
    {
        if (limits is not null)
        {
            foreach (var limit in limits.Split(',', StringSplitOptions.RemoveEmptyEntries))
            {
                Add(limit.Split(':', StringSplitOptions.TrimEntries));
            }
        }
        else if (status == TooManyRequests)
        {
            Extend(All, ParseRetryAfter(retryAfter, clock.GetUtcNow()) ?? Usual);
        }
    }

    /// <summary>Seconds, with a fraction or not, or a date; null for anything else.</summary>
    public static TimeSpan? ParseRetryAfter(string? text, DateTimeOffset now)
    {
        if (Seconds(text) is { } seconds)
        {
            return seconds;
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)
            ? date > now ? date - now : TimeSpan.Zero
            : null;
    }

    private static TimeSpan? Seconds(string? text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(Math.Min(seconds, LongestSeconds))
            : null;

    private void Add(string[] parts)
    {
        if (Seconds(parts[0]) is not { } time)
        {
            return;
        }

        var categories = parts.Length > 1 ? parts[1] : "";
        if (categories.Length == 0)
        {
            Extend(All, time);
        }

        // Those not known here are kept as well: nothing is ever sent by them.
        foreach (var category in categories.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Take(16))
        {
            Extend(category, time);
        }
    }

    private void Extend(string category, TimeSpan time)
    {
        var until = clock.GetUtcNow() + time;
        if (!_until.TryGetValue(category, out var known) || until > known)
        {
            _until[category] = until;
        }

        foreach (var (other, _) in _until.Where(pair => pair.Value <= clock.GetUtcNow()).ToList())
        {
            _until.Remove(other);
        }
    }

    private bool IsLimitedBy(string category) => _until.TryGetValue(category, out var until) && clock.GetUtcNow() < until;
}
