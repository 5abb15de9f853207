namespace ReleaseServer.Cdn;

/// <summary>Writes a purge as the requests that a CDN takes. Pure.</summary>
internal static class CdnCalls
{
    /// <param name="options">Validated.</param>
    public static IReadOnlyList<CdnCall> Of(CdnPurge purge, CdnOptions options) => options.Kind switch
    {
        CdnKind.Cloudflare => CloudflareCalls.Of(purge, options),
        CdnKind.Fastly => FastlyCalls.Of(purge, options),
        CdnKind.Webhook => [WebhookCall.Of(purge, options)],
        _ => [],
    };
}
