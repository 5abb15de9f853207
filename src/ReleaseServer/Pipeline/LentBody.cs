using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Win32.SafeHandles;
using ReleaseServer.Transport;

namespace ReleaseServer.Pipeline;

/// <summary>Lends parts of a response's body to the connection, where it takes loans: <see cref="ILendingFeature"/> says how.</summary>
internal static class LentBody
{
    /// <summary>The connection's feature if this response may be lent: HTTP/1.1, of known length, with no transfer coding; else null.</summary>
    public static ILendingFeature? Of(HttpContext context)
    {
        var response = context.Response;
        return context.Features.Get<ILendingFeature>() is { } lending
            && response.ContentLength is not null
            && HttpProtocol.IsHttp11(context.Request.Protocol)
            && response.Headers.TransferEncoding.Count == 0
                ? lending
                : null;
    }

    /// <summary>Lends memory after what has been written; the next flush sends both. The response must have started.</summary>
    /// <returns>False, with nothing lent, where the response's writer is not the connection's.</returns>
    public static bool TryLend(HttpContext context, ILendingFeature lending, ReadOnlyMemory<byte> content)
    {
        lending.LendMemory(content);
        return TryCommit(context, lending, content.Length);
    }

    /// <summary>As above, with a region of a file.</summary>
    public static bool TryLend(HttpContext context, ILendingFeature lending, SafeFileHandle file, long offset, int count)
    {
        lending.LendFile(file, offset, count);
        return TryCommit(context, lending, count);
    }

    private static bool TryCommit(HttpContext context, ILendingFeature lending, int count)
    {
        var writer = context.Response.BodyWriter;
        writer.GetMemory(0);
        if (lending.TryWithdraw())
        {
            return false;
        }

        writer.Advance(count);

        // The transport watches how fast a loan is read (ReadingWatch). Kestrel would see a flush that takes long, and end it.
        context.Features.Get<IHttpMinResponseDataRateFeature>()?.MinDataRate = null;
        return true;
    }
}
