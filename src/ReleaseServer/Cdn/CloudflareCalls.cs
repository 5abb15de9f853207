namespace ReleaseServer.Cdn;

/// <summary>Cloudflare's <c>POST /zones/ZONE/purge_cache</c>. It knows hard purges only.</summary>
internal static class CloudflareCalls
{
    /// <summary>Tags or files that one call takes; accounts with more take these as well.</summary>
    private const int MostInACall = 30;

    private static readonly Uri Api = new("https://api.cloudflare.com/client/v4");

    public static IReadOnlyList<CdnCall> Of(CdnPurge purge, CdnOptions options)
    {
        var url = new Uri($"{(options.Url ?? Api).AbsoluteUri.TrimEnd('/')}/zones/{options.Zone}/purge_cache");
        if (purge.All)
        {
            return [Call(CdnCall.ToJson(static json => json.WriteBoolean("purge_everything", true)))];
        }

        var (member, names) = options.PurgeBy == CdnPurgeBy.Tag ? ("tags", purge.Tags) : ("files", purge.Urls);
        return [.. names.Chunk(MostInACall).Select(chunk => Call(CdnCall.ToJson(json => CdnCall.WriteTexts(json, member, chunk))))];

        CdnCall Call(byte[] content) => new(url, [("Authorization", $"Bearer {options.Token}")], content) { MustSaySuccess = true };
    }
}
