using ReleaseServer.Caching;
using ReleaseServer.Downloads;
using ReleaseServer.Http;
using ReleaseServer.Site;

namespace ReleaseServer.Pipeline;

/// <summary>All answers that one path has at the moment, with fields and bytes at hand: what is left is to see which one a request gets.</summary>
/// <param name="path">As clients spell it, and as it is: a path that needs any resolving has no ready answer.</param>
/// <param name="site">The snapshot that led from the path to this answer; by another one it is void.</param>
internal abstract class ReadyAnswer(string path, SiteSnapshot site) : Resident
{
    public string Path => path;

    public SiteSnapshot Site => site;

    public override string Id => path;

    /// <summary>The table that holds it.</summary>
    public required ReadyAnswers Table { get; init; }

    /// <summary>What a request for it is counted under.</summary>
    public required int RouteIndex { get; init; }

    /// <summary>What it counts as when it is sent; null for what is not counted.</summary>
    public virtual DownloadName? Download => null;

    /// <summary>How the cache comes by it now; null where <see cref="TryAnswer"/> itself says so.</summary>
    public virtual CacheStatus? CacheStatusAt(long now) => null;

    /// <summary>Whether it can never be given again.</summary>
    /// <param name="purges">How many purges there were.</param>
    public abstract bool IsOverAt(long now, int purges);

    /// <summary>
    /// Answers, or returns null with nothing done to the response: for the moment, or for a request of this kind, the chain must answer.
    /// Allocates nothing, blocks nothing.
    /// </summary>
    public abstract Task? TryAnswer(HttpContext context, long now);

    protected internal override void OnEvicted() => Table.Forget(this);
}
