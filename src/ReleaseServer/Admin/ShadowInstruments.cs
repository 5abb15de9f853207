using ReleaseServer.Shadow;
using ReleaseServer.Telemetry;

namespace ReleaseServer.Admin;

/// <summary>What became of requests that were mirrored to a candidate; nothing where there is none.</summary>
internal static class ShadowInstruments
{
    public static void Register(ServerMetrics metrics, ShadowMirror mirror)
    {
        if (!mirror.IsOn)
        {
            return;
        }

        metrics.Counter("releaseserver.shadow.requests", "{request}", "Requests chosen to be mirrored to the candidate, by what became of them", () =>
        [
            ServerMetrics.Value(mirror.Findings.Same, "outcome", "same"),
            ServerMetrics.Value(mirror.Findings.Different, "outcome", "different"),
            ServerMetrics.Value(mirror.Findings.Failed, "outcome", "failed"),
            ServerMetrics.Value(mirror.Dropped, "outcome", "dropped"),
        ]);
        metrics.Counter("releaseserver.shadow.differences", "{difference}", "What answers of the candidate differed in; one answer can differ in several", () =>
            ShadowDifferences.All.Select(kind => ServerMetrics.Value(mirror.Findings.Count(kind.Kind), "kind", kind.Name)));
        metrics.Gauge("releaseserver.shadow.waiting", "{request}", "Requests that wait to be mirrored", () => mirror.Waiting);
    }
}
