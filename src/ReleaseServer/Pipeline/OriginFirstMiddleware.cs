using ReleaseServer.Origin;

namespace ReleaseServer.Pipeline;

/// <summary>Answers from the origin where an operator has it asked before the bucket; where it does not answer, the bucket is next.</summary>
internal sealed class OriginFirstMiddleware(RequestDelegate next, OriginSwitch order, OriginAnswer origin)
{
    public Task InvokeAsync(HttpContext context) => order.Order == OriginOrder.OriginFirst ? AskAsync(context) : next(context);

    private async Task AskAsync(HttpContext context)
    {
        if (!await origin.TryAnswerAsync(context, isMiss: false))
        {
            context.Features.Set(OriginAsked.Note);
            await next(context);
        }
    }
}
