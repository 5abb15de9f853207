using ReleaseServer.Telemetry;

namespace ReleaseServer.Tests.Telemetry;

public sealed class PrometheusTextTests
{
    [Fact]
    public void Write_OfEachKind_HeadsAndSeriesInOrder()
    {
        using var metrics = new ServerMetrics();
        metrics.Gauge("b.temperature", "", "How warm it is", static () => -1.5);
        metrics.Counter("a.moved", "By", "What went\nby \\ here", static () => [ServerMetrics.Value(3L, "way", "to \"there\"\n\\"), ServerMetrics.Value(4L, ("way", "back"), ("by", "foot"))]);
        using var text = new PrometheusText(metrics);

        Assert.Equal(
            """
            # HELP a_moved_bytes_total What went\nby \\ here
            # TYPE a_moved_bytes_total counter
            a_moved_bytes_total{way="to \"there\"\n\\"} 3
            a_moved_bytes_total{way="back",by="foot"} 4
            # HELP b_temperature How warm it is
            # TYPE b_temperature gauge
            b_temperature -1.5

            """,
            text.Write());
    }

    [Fact]
    public void Write_Twice_ValuesAreThoseOfTheMoment()
    {
        var value = 1;
        using var metrics = new ServerMetrics();
        metrics.Gauge("value", "", "A value", () => value);
        using var text = new PrometheusText(metrics);
        text.Write();
        value = 2;

        Assert.EndsWith("gauge\nvalue 2\n", text.Write(), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_TwoServersInOneProcess_EachItsOwn()
    {
        using var one = new ServerMetrics();
        using var other = new ServerMetrics();
        one.Gauge("one", "", "Of one", static () => 1);
        other.Gauge("other", "", "Of the other", static () => 2);
        using var text = new PrometheusText(one);

        Assert.DoesNotContain("other", text.Write(), StringComparison.Ordinal);
    }

    [Fact]
    public void Histogram_Durations_CountedUpToEachBound()
    {
        using var metrics = new ServerMetrics();
        var histogram = new DurationHistogram();
        metrics.Histogram("wait", "A wait", () => [new LabeledHistogram("for", "bus", histogram.Read())]);
        using var text = new PrometheusText(metrics);

        histogram.Observe(TimeSpan.FromSeconds(0.5));
        histogram.Observe(TimeSpan.FromSeconds(0.51));
        histogram.Observe(TimeSpan.FromHours(1));

        var lines = text.Write().Split('\n');
        Assert.Contains("# TYPE wait_seconds histogram", lines);
        Assert.Contains("wait_seconds_bucket{for=\"bus\",le=\"0.25\"} 0", lines);
        Assert.Contains("wait_seconds_bucket{for=\"bus\",le=\"0.5\"} 1", lines);
        Assert.Contains("wait_seconds_bucket{for=\"bus\",le=\"1\"} 2", lines);
        Assert.Contains("wait_seconds_bucket{for=\"bus\",le=\"600\"} 2", lines);
        Assert.Contains("wait_seconds_bucket{for=\"bus\",le=\"+Inf\"} 3", lines);
        Assert.Contains("wait_seconds_sum{for=\"bus\"} 3601.01", lines);
        Assert.Contains("wait_seconds_count{for=\"bus\"} 3", lines);
    }

    [Theory]
    [InlineData("a.b", "s", false, "a_b_seconds")]
    [InlineData("a.b", "By", true, "a_b_bytes_total")]
    [InlineData("a.b", "{request}", true, "a_b_total")]
    [InlineData("a.b", "", false, "a_b")]
    [InlineData("a.b_seconds", "s", false, "a_b_seconds")]
    public void MetricName_UnitAndKind_AreInTheName(string name, string unit, bool isCounter, string expected) =>
        Assert.Equal(expected, MetricName.Of(name, unit, isCounter));
}
