using System.Diagnostics.Metrics;
using System.Globalization;
using ReleaseServer.Configuration;
using ReleaseServer.Resilience;
using ReleaseServer.Telemetry;

namespace ReleaseServer.Admin;

/// <summary>The buckets and what stands before them. Labelled by place, not by address: <c>primary</c>, <c>replica-1</c> and so on.</summary>
internal static class BucketInstruments
{
    private static readonly BucketOutcome[] Outcomes = Enum.GetValues<BucketOutcome>();
    private static readonly BreakerState[] States = Enum.GetValues<BreakerState>();

    public static void Register(ServerMetrics metrics, ReplicatedBucket bucket, NewestPublication newest)
    {
        var lanes = bucket.Lanes.Select(static (lane, i) => (Lane: lane, Name: NameOf(i))).ToArray();
        metrics.Counter("releaseserver.bucket.requests", "{request}", "Questions to the buckets by outcome, each try for itself", () =>
            from lane in lanes
            from outcome in Outcomes
            select ServerMetrics.Value(lane.Lane.Health.Counts[outcome], ("bucket", lane.Name), ("outcome", SettingValue.Format(outcome))));
        var durations = metrics.Histogram(
            "releaseserver.bucket.request_duration",
            "Time from a question to a bucket to the head of its answer, or to the failure",
            () => lanes.Select(static lane => new LabeledHistogram("bucket", lane.Name, lane.Lane.Health.Counts.Durations.Read())));
        foreach (var (lane, name) in lanes)
        {
            lane.Health.Counts.Durations.ForwardTo(durations, new KeyValuePair<string, object?>("bucket", name));
        }

        metrics.Counter("releaseserver.bucket.retries", "{request}", "Tries after the first, resumed bodies and hedged reads", () => Each(static lane => lane.Health.Budget.Retries));
        metrics.Counter("releaseserver.bucket.retries_refused", "{request}", "Tries that the retry budget did not allow", () => Each(static lane => lane.Health.Budget.Refused));
        metrics.Gauge("releaseserver.bucket.retry_budget", "{request}", "Retries that would be allowed at this moment", () => EachNow(static lane => lane.Health.Budget.Left()));
        metrics.Gauge("releaseserver.bucket.breaker_state", "", "1 for the state that the breaker of a bucket is in, 0 for the others", () =>
            from lane in lanes
            from state in States
            select ServerMetrics.Value(lane.Lane.Health.Breaker.State == state ? 1.0 : 0, ("bucket", lane.Name), ("state", SettingValue.Format(state))));
        metrics.Gauge("releaseserver.bucket.up", "", "Whether the breaker of a bucket is closed", () => EachNow(static lane => lane.Health.Breaker.IsClosed ? 1 : 0));
        metrics.Gauge("releaseserver.replica.behind", "", "Whether a replica lacks what is published, or it is not known how far it is", () => lanes
            .Where(static lane => !lane.Lane.IsPrimary)
            .Select(lane => ServerMetrics.Value(bucket.Lags(lane.Lane) ? 1.0 : 0, "bucket", lane.Name)));
        metrics.Gauge("releaseserver.replica.generations_behind", "{generation}", "How many generations a replica is behind the newest that is known", () => lanes
            .Where(static lane => !lane.Lane.IsPrimary)
            .Select(lane => ServerMetrics.Value(
                Math.Max(0, (double)((newest.Known?.Generation ?? 0) - (lane.Lane.Publication?.Generation ?? 0))), "bucket", lane.Name)));

        IEnumerable<Measurement<long>> Each(Func<BucketLane, long> read) => lanes.Select(lane => ServerMetrics.Value(read(lane.Lane), "bucket", lane.Name));
        IEnumerable<Measurement<double>> EachNow(Func<BucketLane, double> read) => lanes.Select(lane => ServerMetrics.Value(read(lane.Lane), "bucket", lane.Name));
    }

    /// <param name="place">0 for the primary.</param>
    public static string NameOf(int place) => place == 0 ? "primary" : string.Create(CultureInfo.InvariantCulture, $"replica-{place}");
}
