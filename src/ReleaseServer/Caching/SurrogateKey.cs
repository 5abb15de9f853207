namespace ReleaseServer.Caching;

/// <summary>
/// A name under which answers are purged together, here and in a CDN: <c>key:K</c> one object, <c>dir:D/</c> a directory with all beneath it,
/// <c>release:V</c> a version, <c>link:L</c> what was reached through a link, <c>class:C</c> a freshness class.
/// </summary>
/// <param name="Kind">One of the words above.</param>
/// <param name="Value">The rest, not escaped.</param>
internal readonly record struct SurrogateKey(string Kind, string Value)
{
    public const string Key = "key";
    public const string Directory = "dir";
    public const string Release = "release";
    public const string Link = "link";
    public const string Class = "class";

    private static readonly string[] Kinds = [Key, Directory, Release, Link, Class];

    /// <summary>Reads <c>kind:value</c> with a known kind and a value that is not empty (but for <c>dir:</c>, the root).</summary>
    public static bool TryParse(string text, out SurrogateKey surrogateKey)
    {
        var colon = text.IndexOf(':');
        var kind = colon < 0 ? "" : text[..colon];
        var isKnown = Kinds.Contains(kind) && (colon + 1 < text.Length || kind == Directory);
        surrogateKey = isKnown ? new SurrogateKey(kind, text[(colon + 1)..]) : default;
        return isKnown;
    }

    public override string ToString() => $"{Kind}:{Value}";
}
