namespace ReleaseServer.Cdn;

/// <summary>All of a purge in one POST of JSON, for a CDN that we do not know.</summary>
internal static class WebhookCall
{
    public static CdnCall Of(CdnPurge purge, CdnOptions options)
    {
        var content = CdnCall.ToJson(json =>
        {
            CdnCall.WriteTexts(json, "tags", purge.Tags);
            CdnCall.WriteTexts(json, "urls", purge.Urls);
            json.WriteBoolean("all", purge.All);
            json.WriteBoolean("hard", purge.IsHard);
            json.WriteString("reason", purge.Reason);
        });
        return new CdnCall(options.Url!, options.Token is { } token ? [("Authorization", $"Bearer {token}")] : [], content);
    }
}
