using ReleaseServer.Alerting;
using ReleaseServer.Downloads;
using ReleaseServer.Site;

namespace ReleaseServer.Pipeline;

/// <summary>What is asked for, as the steps of the chain work it out; a feature of the request.</summary>
internal sealed class AssetRequest(string path, string query, SiteSnapshot site)
{
    /// <summary>The path asked for, decoded and resolved; what redirects and titles show.</summary>
    public string Path => path;

    /// <summary>Empty, or with its question mark. Takes no part in choosing the answer.</summary>
    public string Query => query;

    /// <summary>Whether the target spelled the path as it is: no escapes, no dot segments, and nothing else to be resolved.</summary>
    public bool IsCanonical { get; init; }

    /// <summary>The count of purges when this request began (<see cref="ReadyAnswers.Purges"/>).</summary>
    public int Purges { get; init; }

    /// <summary>The snapshot this request began with and keeps.</summary>
    public SiteSnapshot Site => site;

    /// <summary>The row that matched; set by <see cref="RouteMiddleware"/>.</summary>
    public AssetRoute Route { get; set; } = null!;

    /// <summary>What the request is counted under: <see cref="Telemetry.RequestMetrics.RouteOf"/>.</summary>
    public int RouteIndex { get; set; }

    /// <summary>What a file that is sent counts as; null for what is not counted, and until that is known.</summary>
    public DownloadName? Download { get; set; }

    /// <summary>The key before links; set by <see cref="RouteMiddleware"/>.</summary>
    public string RoutedKey { get; set; } = "";

    /// <summary>The key after links; ends in a slash where <see cref="IsDirectory"/>. Set by <see cref="RouteMiddleware"/>.</summary>
    public string Key { get; set; } = "";

    /// <summary>
    /// When the answer is over: it is looked for under what a link meant before, or will mean soon (<see cref="SiteOverlay.OtherKeysOf"/>), and
    /// may be kept by nobody any longer. Null for an answer by the links in force.
    /// </summary>
    public DateTimeOffset? Until { get; set; }

    /// <summary>How long caches may keep an answer that succeeds.</summary>
    public string CacheControl { get; set; } = "";

    /// <summary>What is noted on the way to the bucket and back; null before <see cref="AssetMiddleware"/>.</summary>
    public BreadcrumbTrail? Breadcrumbs { get; set; }

    /// <summary>Whether the path asked for ends in a slash: only a directory will do.</summary>
    public bool IsDirectory => path.EndsWith('/');

    /// <summary>The fields that the route and the path's suffix bring to an answer that succeeds.</summary>
    public ExtraField[] SiteFields()
    {
        IEnumerable<ExtraField> ofSuffixes = site.Data.Routes.SuffixFields
            .Where(fields => path.EndsWith(fields.Suffix, StringComparison.Ordinal))
            .SelectMany(static fields => fields.Fields);
        return [.. Route.Fields, .. ofSuffixes];
    }
}

/// <summary>The note that the bucket failed this request; a feature of the request.</summary>
internal sealed record BucketFailure(Exception Exception);

/// <summary>The note that the origin was asked in vain before the bucket; a feature of the request.</summary>
internal sealed class OriginAsked
{
    public static readonly OriginAsked Note = new();
}
