using ReleaseServer.Alerting;
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

/// <summary>What the access log needs beside the response; a feature of the request.</summary>
/// <remarks>One for each request, hits included: what hardly ever happens shares one field.</remarks>
internal sealed class RequestRecord
{
    private object? _note;

    /// <summary>Bytes of content handed to the connection, after content coding.</summary>
    public long Bytes { get; set; }

    /// <summary>Whether the client left before the answer was whole.</summary>
    public bool ClientLeft => _note is Departure;

    /// <summary>The address of the origin that gives the answer; null where none does.</summary>
    public string? Origin
    {
        get => _note as string ?? (_note as Departure)?.Origin;
        set => _note = value;
    }

    public void NoteClientLeft() => _note = new Departure(Origin);

    private sealed record Departure(string? Origin);
}
