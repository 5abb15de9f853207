namespace ReleaseServer.Cdn;

/// <summary>Fastly's <c>POST /service/ID/purge</c> by surrogate keys, <c>/purge/URL</c> by address, and <c>/service/ID/purge_all</c>.</summary>
internal static class FastlyCalls
{
    /// <summary>Keys that one call takes.</summary>
    private const int MostInACall = 256;

    /// <summary>Bytes of one header field that servers are sure to take.</summary>
    private const int LongestField = 15_000;

    private static readonly Uri Api = new("https://api.fastly.com");

    public static IReadOnlyList<CdnCall> Of(CdnPurge purge, CdnOptions options)
    {
        var api = (options.Url ?? Api).AbsoluteUri.TrimEnd('/');
        (string Name, string Value)[] fields = [("Fastly-Key", options.Token!), .. purge.IsHard ? [] : new[] { ("Fastly-Soft-Purge", "1") }];
        if (purge.All)
        {
            // There is no soft one.
            return [new CdnCall(new Uri($"{api}/service/{options.Service}/purge_all"), [fields[0]], Json: null)];
        }

        if (options.PurgeBy == CdnPurgeBy.Url)
        {
            return [.. purge.Urls.Select(url => new CdnCall(new Uri($"{api}/purge/{url[(url.IndexOf("://", StringComparison.Ordinal) + 3)..]}"), fields, Json: null))];
        }

        var byKeys = new Uri($"{api}/service/{options.Service}/purge");
        return [.. Batches(purge.Tags).Select(keys => new CdnCall(byKeys, [.. fields, ("Surrogate-Key", keys)], Json: null))];
    }

    private static IEnumerable<string> Batches(IReadOnlyList<string> tags)
    {
        var batch = new List<string>();
        var length = 0;
        foreach (var tag in tags)
        {
            if (batch.Count == MostInACall || (batch.Count > 0 && length + tag.Length + 1 > LongestField))
            {
                yield return string.Join(' ', batch);
                (batch, length) = ([], 0);
            }

            batch.Add(tag);
            length += tag.Length + 1;
        }

        if (batch.Count > 0)
        {
            yield return string.Join(' ', batch);
        }
    }
}
