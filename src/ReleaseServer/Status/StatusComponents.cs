using ReleaseServer.Origin;
using ReleaseServer.Resilience;
using ReleaseServer.Site;

namespace ReleaseServer.Status;

/// <summary>What this node knows of what stands behind it, without asking anybody: others do that all the time.</summary>
internal sealed class StatusComponents(
    ReplicatedBucket bucket, OriginServers origins, OriginSwitch order, CurrentSite site, SiteLoader loader)
{
    public const string Downloads = "downloads";
    public const string Listings = "listings";
    public const string Bucket = "bucket";
    public const string Replicas = "replicas";
    public const string Origin = "origin";
    public const string Publishing = "publishing";

    /// <summary>All that are not seen through the public address.</summary>
    public IEnumerable<ComponentReport> Report()
    {
        var hasFailed = loader.IsInTrouble;
        var primary = bucket.Lanes[0].Health.Breaker.IsClosed;
        yield return new ComponentReport(Bucket, "Bucket", !primary ? ComponentState.Down : hasFailed ? ComponentState.Degraded : ComponentState.Operational,
            !primary ? "It does not answer; what is kept here is served." : hasFailed ? "Some reads fail." : "");

        var replicas = bucket.Lanes.Skip(1).ToList();
        if (replicas.Count > 0)
        {
            var down = replicas.Count(static lane => !lane.Health.Breaker.IsClosed);
            var behind = replicas.Count(lane => lane.Health.Breaker.IsClosed && bucket.Lags(lane));
            yield return new ComponentReport(Replicas, "Replicas", StateOf(down, behind, replicas.Count), Of(down, behind, replicas.Count));
        }

        if (origins.All.Count > 0 && order.Order != OriginOrder.Off)
        {
            var down = origins.All.Count(static server => server.Health.IsOpen);
            yield return new ComponentReport(Origin, "Fallback origin", StateOf(down, behind: 0, origins.All.Count), Of(down, behind: 0, origins.All.Count));
        }

        var (state, detail) = site.Snapshot is null ? (ComponentState.Down, "What is published has not been loaded yet.")
            : !primary ? (ComponentState.Down, "New releases cannot be published while the bucket is down.")
            : hasFailed ? (ComponentState.Degraded, "What is published cannot be loaded at the moment.")
            : (ComponentState.Operational, "");
        yield return new ComponentReport(Publishing, "Release publishing", state, detail);
    }

    private static ComponentState StateOf(int down, int behind, int all) =>
        down == all ? ComponentState.Down : down + behind > 0 ? ComponentState.Degraded : ComponentState.Operational;

    private static string Of(int down, int behind, int all) =>
        (down, behind) switch
        {
            (0, 0) => "",
            (0, _) => $"{behind} of {all} lag behind.",
            (_, 0) => $"{down} of {all} do not answer.",
            _ => $"{down} of {all} do not answer, {behind} lag behind.",
        };
}
