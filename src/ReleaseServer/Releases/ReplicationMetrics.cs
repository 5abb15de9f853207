using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace ReleaseServer.Releases;

/// <summary>How far replicas are behind, as instruments and as a file for node_exporter. Safe for concurrent use.</summary>
internal sealed class ReplicationMetrics : IDisposable
{
    public const string MeterName = "ReleaseServer";

    private readonly Meter _meter = new(MeterName);
    private readonly ConcurrentDictionary<string, State> _replicas = new(StringComparer.Ordinal);

    public ReplicationMetrics()
    {
        _meter.CreateObservableGauge(
            "replication.lag", () => Measure(static state => state.Lag.TotalSeconds), "s", "How long the replica has lacked something that is published");
        _meter.CreateObservableGauge(
            "replication.generations.behind", () => Measure(static state => (double)state.Behind), "{generation}", "Publications that the replica lacks");
        _meter.CreateObservableCounter(
            "replication.copied", () => Measure(static state => state.Copied), "By", "Bytes copied to the replica");
        _meter.CreateObservableCounter(
            "replication.failures", () => Measure(static state => state.Failures), "{run}", "Runs that failed");
    }

    /// <param name="replica">The bucket's description.</param>
    public void SetLag(string replica, TimeSpan lag, long behind) => Change(replica, state => state with { Lag = lag, Behind = behind });

    public void AddCopied(string replica, long bytes) => Change(replica, state => state with { Copied = state.Copied + bytes });

    public void AddFailure(string replica) => Change(replica, static state => state with { Failures = state.Failures + 1 });

    /// <summary>All values in the text format of Prometheus (version 0.0.4).</summary>
    public string Write()
    {
        var text = new StringBuilder();
        Append("replication_lag_seconds", "gauge", "How long the replica has lacked something that is published", static state => state.Lag.TotalSeconds);
        Append("replication_generations_behind", "gauge", "Publications that the replica lacks", static state => state.Behind);
        Append("replication_copied_bytes_total", "counter", "Bytes copied to the replica", static state => state.Copied);
        Append("replication_failures_total", "counter", "Runs that failed", static state => state.Failures);
        return text.ToString();

        void Append(string name, string type, string help, Func<State, double> read)
        {
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");
            foreach (var (replica, state) in _replicas.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
            {
                var label = replica.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
                text.Append(CultureInfo.InvariantCulture, $"{name}{{replica=\"{label}\"}} {read(state)}\n");
            }
        }
    }

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<T>> Measure<T>(Func<State, T> read)
        where T : struct => _replicas.Select(pair => new Measurement<T>(read(pair.Value), new KeyValuePair<string, object?>("replica", pair.Key)));

    private void Change(string replica, Func<State, State> change) =>
        _replicas.AddOrUpdate(replica, _ => change(new State(TimeSpan.Zero, 0, 0, 0)), (_, state) => change(state));

    private readonly record struct State(TimeSpan Lag, long Behind, long Copied, long Failures);
}
