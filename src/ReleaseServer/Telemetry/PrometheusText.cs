using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace ReleaseServer.Telemetry;

/// <summary>Writes all metrics of a server in Prometheus' text format, version 0.0.4. One look at a time.</summary>
/// <remarks>https://prometheus.io/docs/instrumenting/exposition_formats/</remarks>
internal sealed class PrometheusText : IDisposable
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly Lock _looking = new();
    private readonly MeterListener _listener = new();
    private readonly SortedDictionary<string, Family> _families = new(StringComparer.Ordinal);
    private readonly ServerMetrics _metrics;

    public PrometheusText(ServerMetrics metrics)
    {
        _metrics = metrics;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            // Of this server's meter, not of one of that name: several servers may be in one process.
            if (ReferenceEquals(instrument.Meter, metrics.Meter) && instrument.IsObservable)
            {
                var isCounter = instrument is ObservableCounter<long> or ObservableCounter<double>;
                var name = MetricName.Of(instrument.Name, instrument.Unit, isCounter);
                var family = new Family(isCounter ? "counter" : "gauge", instrument.Description ?? "", []);
                lock (_families)
                {
                    _families[name] = family;
                }

                listener.EnableMeasurementEvents(instrument, family);
            }
        };
        _listener.SetMeasurementEventCallback<long>(static (_, value, labels, state) => Note(value, labels, state));
        _listener.SetMeasurementEventCallback<double>(static (_, value, labels, state) => Note(value, labels, state));
        _listener.Start();
    }

    public string Write()
    {
        lock (_looking)
        {
            lock (_families)
            {
                foreach (var family in _families.Values)
                {
                    family.Series.Clear();
                }
            }

            _listener.RecordObservableInstruments();
            var text = new StringBuilder(16 * 1024);
            lock (_families)
            {
                foreach (var (name, family) in _families)
                {
                    WriteFamily(text, name, family);
                }
            }

            foreach (var histogram in _metrics.Histograms)
            {
                WriteHistogram(text, histogram);
            }

            return text.ToString();
        }
    }

    public void Dispose() => _listener.Dispose();

    private static void Note(double value, ReadOnlySpan<KeyValuePair<string, object?>> labels, object? state)
    {
        var text = new StringBuilder();
        foreach (var (label, value_of) in labels)
        {
            text.Append(text.Length == 0 ? '{' : ',');
            WriteLabel(text, label, value_of?.ToString() ?? "");
        }

        ((Family)state!).Series.Add((text.Length == 0 ? "" : text.Append('}').ToString(), value));
    }

    private static void WriteFamily(StringBuilder text, string name, Family family)
    {
        if (family.Series.Count == 0)
        {
            return;
        }

        WriteHead(text, name, family.Type, family.Help);
        foreach (var (labels, value) in family.Series)
        {
            text.Append(name).Append(labels).Append(' ').Append(Number(value)).Append('\n');
        }
    }

    private static void WriteHistogram(StringBuilder text, HistogramFamily histogram)
    {
        var hasHead = false;
        foreach (var (label, value, counted) in histogram.Read())
        {
            if (!hasHead)
            {
                WriteHead(text, histogram.Name, "histogram", histogram.Help);
                hasHead = true;
            }

            long count = 0;
            for (var i = 0; i < counted.Counts.Length; i++)
            {
                count += counted.Counts[i];
                text.Append(histogram.Name).Append("_bucket{");
                WriteLabel(text, label, value);
                var bound = i < DurationBuckets.Bounds.Count ? Number(DurationBuckets.Bounds[i]) : "+Inf";
                text.Append(CultureInfo.InvariantCulture, $",le=\"{bound}\"}} {count}\n");
            }

            WriteEnd("_sum", Number(counted.Sum));
            WriteEnd("_count", count.ToString(CultureInfo.InvariantCulture));

            void WriteEnd(string suffix, string number)
            {
                text.Append(histogram.Name).Append(suffix).Append('{');
                WriteLabel(text, label, value);
                text.Append("} ").Append(number).Append('\n');
            }
        }
    }

    private static void WriteHead(StringBuilder text, string name, string type, string help)
    {
        text.Append("# HELP ").Append(name).Append(' ').Append(help.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal));
        text.Append("\n# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
    }

    private static void WriteLabel(StringBuilder text, string label, string value)
    {
        text.Append(label).Append("=\"");
        foreach (var c in value)
        {
            _ = c switch
            {
                '\\' => text.Append(@"\\"),
                '"' => text.Append("\\\""),
                '\n' => text.Append(@"\n"),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private sealed record Family(string Type, string Help, List<(string Labels, double Value)> Series);
}
