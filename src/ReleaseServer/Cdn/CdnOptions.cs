using ReleaseServer.Configuration;

namespace ReleaseServer.Cdn;

/// <summary>Whose API is spoken.</summary>
internal enum CdnKind
{
    /// <summary>No CDN is told of purges.</summary>
    None,

    /// <summary>Cloudflare's zone API.</summary>
    Cloudflare,

    /// <summary>Fastly's service API, and what speaks it.</summary>
    Fastly,

    /// <summary>One POST of JSON to an address of one's own.</summary>
    Webhook,
}

/// <summary>How a CDN is told what to purge.</summary>
internal enum CdnPurgeBy
{
    /// <summary>By the tags that answers carried.</summary>
    Tag,

    /// <summary>By the addresses of answers.</summary>
    Url,
}

/// <summary>The CDN that is told of purges. Section <c>Cdn</c>.</summary>
internal sealed class CdnOptions
{
    /// <summary><c>none</c>, <c>cloudflare</c>, <c>fastly</c> or <c>webhook</c>. Default <c>none</c>.</summary>
    public CdnKind Kind { get; set; } = CdnKind.None;

    /// <summary>Base of the API; the whole address of a webhook, which needs one. Default the vendor's.</summary>
    public Uri? Url { get; set; }

    /// <summary>Sent as Bearer token, to Fastly as Fastly-Key. Required but for a webhook.</summary>
    [Secret]
    public string? Token { get; set; }

    /// <summary>Cloudflare's zone. Required there.</summary>
    public string? Zone { get; set; }

    /// <summary>Fastly's service. Required there.</summary>
    public string? Service { get; set; }

    /// <summary><c>tag</c> or <c>url</c>; a webhook gets both. Default <c>tag</c>.</summary>
    public CdnPurgeBy PurgeBy { get; set; } = CdnPurgeBy.Tag;

    /// <summary>What public addresses begin with, such as <c>https://nodejs.org</c>. Required for <c>url</c>.</summary>
    public Uri? PublicUrl { get; set; }
}
