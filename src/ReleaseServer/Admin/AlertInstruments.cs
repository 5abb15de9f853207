using System.Diagnostics.Metrics;
using ReleaseServer.Alerting;
using ReleaseServer.Telemetry;

namespace ReleaseServer.Admin;

/// <summary>What the server tells people, and what it could not tell; lines of the log that were lost.</summary>
internal static class AlertInstruments
{
    public static void Register(ServerMetrics metrics, AlertBoard board, IReadOnlyList<AlertQueue> queues, AccessLog access, ServerLog log)
    {
        metrics.Counter("releaseserver.alerts.raised", "{alert}", "Alerts raised, repeated ones included", () => board.Counts.Raised);
        metrics.Counter("releaseserver.alerts.told", "{alert}", "Alerts written to the log and handed to those who tell people", () => board.Counts.Told);
        metrics.Counter("releaseserver.alerts.suppressed", "{alert}", "Alerts that made no message of their own, because one had told of it", () => board.Counts.Suppressed);
        metrics.Gauge("releaseserver.alerts.open", "{alert}", "Trouble that goes on, by kind", () => AlertKind.All.Select(
            kind => ServerMetrics.Value((double)board.CountOpen(kind), "kind", kind.Name)));
        if (queues.Count > 0)
        {
            metrics.Counter("releaseserver.alerts.sent", "{alert}", "Messages that a service has taken", () => Each(static queue => queue.Sent));
            metrics.Counter("releaseserver.alerts.lost", "{alert}", "Messages that a service has not taken", () => Each(static queue => queue.Lost));
            metrics.Counter("releaseserver.alerts.dropped", "{alert}", "Messages that found the queue of a service full", () => Each(static queue => queue.Dropped));
            metrics.Gauge("releaseserver.alerts.waiting", "{alert}", "Messages that wait to be sent", () => queues.Select(
                static queue => ServerMetrics.Value((double)queue.Waiting, "service", queue.Sink.Name)));
        }

        metrics.Counter("releaseserver.log.dropped", "{line}", "Lines that found the queue of the log full", () =>
            [ServerMetrics.Value(access.DroppedEntries, "log", "access"), ServerMetrics.Value(log.DroppedEvents, "log", "server")]);

        IEnumerable<Measurement<long>> Each(Func<AlertQueue, long> read) =>
            queues.Select(queue => ServerMetrics.Value(read(queue), "service", queue.Sink.Name));
    }
}
