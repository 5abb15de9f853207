using Microsoft.AspNetCore.Http.Features;

namespace ReleaseServer.Pipeline;

/// <summary>Lets GET and HEAD pass; says on any path what else there is.</summary>
internal sealed class MethodMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        AnnounceCloseWhereContentStaysUnread(context);
        var method = context.Request.Method;

        // Methods are case-sensitive (RFC 9110 §9.1); the framework's own comparisons are not.
        if (method is "GET" or "HEAD")
        {
            return next(context);
        }

        context.Response.Headers.Allow = Answers.Allow;
        if (method is "OPTIONS")
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        }

        return Answers.ErrorAsync(context, StatusCodes.Status405MethodNotAllowed, "Method not allowed");
    }

    // No method here takes content. Kestrel reads a little of it, so that the connection stays usable, and closes on the rest, but does not
    // say so (RFC 9112 §9.6). Nor does it where a client waits for 100 and may send no content at all (RFC 9110 §10.1.1), or where
    // HTTP/1.0 has a transfer coding, which is faulty framing (RFC 9112 §6.1).
    private static void AnnounceCloseWhereContentStaysUnread(HttpContext context)
    {
        var request = context.Request;
        var isLong = request.ContentLength is { } length && length > context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize;
        if ((isLong || request.Headers.TransferEncoding.Count > 0 || request.Headers.Expect.Count > 0) && !HttpProtocol.IsHttp2(request.Protocol))
        {
            context.Response.Headers.Connection = "close";
        }
    }
}
