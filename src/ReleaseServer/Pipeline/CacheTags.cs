using System.Text;
using ReleaseServer.Buckets;
using ReleaseServer.Caching;

namespace ReleaseServer.Pipeline;

/// <summary>Makes the field that names an answer's surrogate keys, by which caches downstream purge it. Safe for concurrent use.</summary>
/// <param name="rules">Null where the site says nothing of classes and releases: those keys are left out.</param>
internal sealed class CacheTags(CacheOptions options, ICacheRules? rules = null)
{
    /// <summary>Bytes of the whole field; what caches downstream take at most is 8 to 16 KB.</summary>
    private const int MaxLength = 8 * 1024;

    // Fastly's field separates its members by spaces; the others are lists (RFC 9110 §5.6.1).
    private readonly string _separator = options.TagField.Equals("Surrogate-Key", StringComparison.OrdinalIgnoreCase) ? " " : ", ";

    /// <summary>Of a file or an index page that is there.</summary>
    public SurrogateKeys OfFile(AssetRequest request, AssetKey key) => Format(request, key.Value, key.Value, rules?.ClassOf(key.Value));

    /// <summary>Of a listing, or of the redirect to one.</summary>
    public SurrogateKeys OfDirectory(AssetRequest request) =>
        Format(request, request.Key, request.Key.Length == 0 || request.IsDirectory ? request.Key : request.Key + "/", rules?.Listings);

    /// <summary>Of the answer that there is no such key.</summary>
    public SurrogateKeys OfAbsence(AssetRequest request) => Format(request, request.Key, request.Key, rules?.Absence);

    /// <param name="place">What the directories are read from: ends in a slash where it is one itself.</param>
    private SurrogateKeys Format(AssetRequest request, string key, string place, FreshnessClass? freshnessClass)
    {
        if (options.TagField.Length == 0)
        {
            return default;
        }

        // The most telling first: what does not fit is left out.
        var field = new StringBuilder(256);
        if (key.Length > 0)
        {
            Add(field, SurrogateKey.Key, key);
        }

        if (rules?.ReleaseOf(place) is { } release)
        {
            Add(field, SurrogateKey.Release, release);
        }

        if (freshnessClass is not null)
        {
            Add(field, SurrogateKey.Class, freshnessClass.Name);
        }

        AddLinks(field, request, key);
        for (var end = place.LastIndexOf('/'); end >= 0; end = end == 0 ? -1 : place.LastIndexOf('/', end - 1))
        {
            Add(field, SurrogateKey.Directory, place[..(end + 1)]);
        }

        Add(field, SurrogateKey.Directory, "");
        return new SurrogateKeys(options.TagField, field.ToString());
    }

    private void AddLinks(StringBuilder field, AssetRequest request, string key)
    {
        AddLinks(field, request, request.RoutedKey, request.Key);
        if (key.Length > 0 && key != request.Key && request.IsDirectory)
        {
            AddLinks(field, request, request.Key + AssetMiddleware.IndexPage, key);
        }
    }

    private void AddLinks(StringBuilder field, AssetRequest request, string from, string to)
    {
        while (from != to && request.Site.Links.TryFollow(from, out var link, out var followed))
        {
            Add(field, SurrogateKey.Link, link.Name);
            from = followed;
        }
    }

    private void Add(StringBuilder field, string kind, string value)
    {
        var before = field.Length;
        if (before > 0)
        {
            field.Append(_separator);
        }

        field.Append(SurrogateKeyText.Escape(new SurrogateKey(kind, value)));
        if (field.Length > MaxLength)
        {
            field.Length = before;
        }
    }
}
