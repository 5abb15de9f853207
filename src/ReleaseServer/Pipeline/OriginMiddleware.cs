using ReleaseServer.Origin;

namespace ReleaseServer.Pipeline;

/// <summary>Answers from the origin where, and only where, the bucket failed this request and the origin was not asked before it.</summary>
internal sealed class OriginMiddleware(RequestDelegate next, OriginSwitch order, OriginAnswer origin)
{
    public Task InvokeAsync(HttpContext context)
    {
        var features = context.Features;
        return features.Get<BucketFailure>() is not null && features.Get<OriginAsked>() is null && order.Order != OriginOrder.Off
            ? AskAsync(context)
            : next(context);
    }

    private async Task AskAsync(HttpContext context)
    {
        if (!await origin.TryAnswerAsync(context, isMiss: true))
        {
            await next(context);
        }
    }
}
