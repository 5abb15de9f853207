namespace ReleaseServer.Site;

/// <summary>Everything about a site that does not move with its releases: routes, redirects, media types, release rules, freshness. Immutable.</summary>
/// <param name="Origin">Where it came from, for messages: <c>embedded</c> or a directory.</param>
internal sealed record SiteData(
    string Origin,
    RouteTable Routes,
    RedirectTable Redirects,
    MediaTypes MediaTypes,
    ReleaseRules Releases,
    FreshnessRules Freshness);
