using System.Diagnostics.Metrics;
using ReleaseServer.Configuration;
using ReleaseServer.Origin;
using ReleaseServer.Telemetry;

namespace ReleaseServer.Admin;

/// <summary>The origins, labelled by their address in the settings; nothing where there are none.</summary>
internal static class OriginInstruments
{
    private static readonly OriginOrder[] Orders = Enum.GetValues<OriginOrder>();

    public static void Register(ServerMetrics metrics, OriginServers servers, OriginSwitch order, OriginOptions options)
    {
        if (servers.All.Count == 0)
        {
            return;
        }

        metrics.Counter("releaseserver.origin.requests", "{request}", "Requests to origins by outcome, each try for itself; checks are not counted", () =>
            servers.All.SelectMany(static server => new[]
            {
                ServerMetrics.Value(server.Counts.Answered, ("origin", server.Address), ("outcome", "answered")),
                ServerMetrics.Value(server.Counts.Failed, ("origin", server.Address), ("outcome", "failed")),
            }));
        var durations = metrics.Histogram(
            "releaseserver.origin.request_duration",
            "Time from a request to an origin to the head of an answer that could be passed on",
            () => servers.All.Select(static server => new LabeledHistogram("origin", server.Address, server.Counts.Durations.Read())));
        foreach (var server in servers.All)
        {
            server.Counts.Durations.ForwardTo(durations, new KeyValuePair<string, object?>("origin", server.Address));
        }

        metrics.Counter("releaseserver.origin.resumes", "{request}", "Bodies that broke off and went on from an origin", () =>
            servers.All.Select(static server => ServerMetrics.Value(server.Counts.Resumed, "origin", server.Address)));
        metrics.Gauge("releaseserver.origin.up", "", "Whether the breaker of an origin is closed", () => Each(static server => server.Health.IsOpen ? 0 : 1));
        metrics.Gauge("releaseserver.origin.requests_in_flight", "{request}", "Requests to an origin that are under way", () =>
            Each(server => options.MaxConnections - server.Room.CurrentCount));
        metrics.Gauge("releaseserver.origin.order", "", "1 for the order that holds, 0 for the others", () =>
            Orders.Select(value => ServerMetrics.Value(order.Order == value ? 1.0 : 0, "order", SettingValue.Format(value))));

        IEnumerable<Measurement<double>> Each(Func<OriginServer, double> read) => servers.All.Select(server => ServerMetrics.Value(read(server), "origin", server.Address));
    }
}
