using ReleaseServer.Http;

namespace ReleaseServer.Origin;

/// <summary>What of an origin's answer may be passed on, checked. Disposed by whoever asked.</summary>
internal sealed class OriginResponse(OriginExchange exchange) : IAsyncDisposable
{
    public OriginServer Server => exchange.Server;

    /// <summary>200, 206, 301, 302, 304, 307, 308, 404, 412 or 416.</summary>
    public required int Status { get; init; }

    /// <summary>Of a redirect: a path on this host where the origin meant itself, else an absolute URL.</summary>
    public string? Location { get; init; }

    public string? ContentType { get; init; }

    public string? ContentEncoding { get; init; }

    /// <summary>Of a 206 with one range, and of a 416.</summary>
    public string? ContentRange { get; init; }

    /// <summary>Bytes of content; null where they come in chunks, and where there is none.</summary>
    public long? Length { get; init; }

    public EntityTag? EntityTag { get; init; }

    public string? LastModified { get; init; }

    public bool AcceptsRanges { get; init; }

    /// <summary>Whether another <c>Accept</c> might get another form.</summary>
    public bool VariesByAccept { get; init; }

    /// <summary>The content of a 200 or 206; null for HEAD and every other status.</summary>
    public OriginBody? Body { get; init; }

    public ValueTask DisposeAsync()
    {
        if (Body is not null)
        {
            return Body.DisposeAsync();
        }

        exchange.Dispose();
        return ValueTask.CompletedTask;
    }
}
