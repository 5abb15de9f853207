using ReleaseServer.Site;

namespace ReleaseServer.Pipeline;

/// <summary>What is asked for, as the steps of the chain work it out; a feature of the request.</summary>
internal sealed class AssetRequest(string path, string query, SiteSnapshot site)
{
    /// <summary>The path asked for, decoded and resolved; what redirects and titles show.</summary>
    public string Path => path;

    /// <summary>Empty, or with its question mark. Takes no part in choosing the answer.</summary>
    public string Query => query;

    /// <summary>The snapshot this request began with and keeps.</summary>
    public SiteSnapshot Site => site;

    /// <summary>The row that matched; set by <see cref="RouteMiddleware"/>.</summary>
    public AssetRoute Route { get; set; } = null!;

    /// <summary>The key after links; ends in a slash where <see cref="IsDirectory"/>. Set by <see cref="RouteMiddleware"/>.</summary>
    public string Key { get; set; } = "";

    /// <summary>Whether the path asked for ends in a slash: only a directory will do.</summary>
    public bool IsDirectory => path.EndsWith('/');
}

/// <summary>The note that the bucket failed this request; a feature of the request.</summary>
internal sealed record BucketFailure(Exception Exception);

/// <summary>What the access log needs beside the response; a feature of the request.</summary>
internal sealed class RequestRecord
{
    /// <summary>Bytes of content handed to the connection, after content coding.</summary>
    public long Bytes { get; set; }

    /// <summary>Whether the client left before the answer was whole.</summary>
    public bool ClientLeft { get; set; }
}
