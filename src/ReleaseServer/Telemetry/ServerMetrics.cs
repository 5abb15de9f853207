using System.Diagnostics.Metrics;

namespace ReleaseServer.Telemetry;

/// <summary>
/// The instruments of one server, under one meter. Rooms count in fields of their own, which costs nothing but an increment; what is registered
/// here reads those fields when somebody asks. Histograms, of which the runtime has no observable kind, are registered beside. Not for the request path.
/// </summary>
internal sealed class ServerMetrics : IDisposable
{
    public const string MeterName = "ReleaseServer";

    private readonly List<HistogramFamily> _histograms = [];

    public Meter Meter { get; } = new(MeterName);

    public IReadOnlyList<HistogramFamily> Histograms => _histograms;

    /// <summary>One time series without labels.</summary>
    public static Measurement<T> Value<T>(T value)
        where T : struct => new(value);

    /// <summary>One time series with a label.</summary>
    public static Measurement<T> Value<T>(T value, string label, string? text)
        where T : struct => new(value, new KeyValuePair<string, object?>(label, text));

    /// <summary>One time series with two labels.</summary>
    public static Measurement<T> Value<T>(T value, (string Label, string? Text) first, (string Label, string? Text) second)
        where T : struct => new(value, new KeyValuePair<string, object?>(first.Label, first.Text), new KeyValuePair<string, object?>(second.Label, second.Text));

    /// <summary>A count that only rises.</summary>
    /// <param name="name">Words with dots between; <see cref="MetricName"/> makes Prometheus' name of it.</param>
    /// <param name="unit"><c>s</c>, <c>By</c>, or what is counted in braces: <c>{request}</c>.</param>
    /// <param name="help">One sentence without its full stop.</param>
    /// <param name="read">Called at each look; must not block.</param>
    public void Counter(string name, string unit, string help, Func<long> read) => Meter.CreateObservableCounter(name, read, unit, help);

    /// <inheritdoc cref="Counter(string, string, string, Func{long})"/>
    public void Counter(string name, string unit, string help, Func<IEnumerable<Measurement<long>>> read) =>
        Meter.CreateObservableCounter(name, read, unit, help);

    /// <inheritdoc cref="Counter(string, string, string, Func{long})"/>
    public void Counter(string name, string unit, string help, Func<double> read) => Meter.CreateObservableCounter(name, read, unit, help);

    /// <summary>A value that rises and falls.</summary>
    /// <inheritdoc cref="Counter(string, string, string, Func{long})" path="/param"/>
    public void Gauge(string name, string unit, string help, Func<double> read) => Meter.CreateObservableGauge(name, read, unit, help);

    /// <inheritdoc cref="Gauge(string, string, string, Func{double})"/>
    public void Gauge(string name, string unit, string help, Func<IEnumerable<Measurement<double>>> read) =>
        Meter.CreateObservableGauge(name, read, unit, help);

    /// <summary>Durations, read as a whole at each look.</summary>
    /// <param name="read">The time series, each with its label.</param>
    /// <returns>The instrument that those who count tell as well, for whoever listens to it; nobody does unless traces and metrics are sent away.</returns>
    public Histogram<double> Histogram(string name, string help, Func<IEnumerable<LabeledHistogram>> read)
    {
        _histograms.Add(new HistogramFamily(MetricName.Of(name, "s", isCounter: false), help, read));
        return Meter.CreateHistogram(name, "s", help, advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = DurationBuckets.Bounds });
    }

    public void Dispose() => Meter.Dispose();
}

/// <summary>A histogram as Prometheus knows it.</summary>
internal sealed record HistogramFamily(string Name, string Help, Func<IEnumerable<LabeledHistogram>> Read);

/// <summary>One time series of a histogram.</summary>
internal readonly record struct LabeledHistogram(string Label, string Text, HistogramValue Value);
