using ReleaseServer.Transport;

namespace ReleaseServer.Pipeline;

/// <summary>
/// The hot path: answers at once what the chain has answered before. Whatever it cannot prove to be simple goes on through the chain, whose
/// answer is the same in every byte, but for what it tells of the cache.
/// </summary>
internal sealed class ReadyAnswerMiddleware(RequestDelegate next, ReadyAnswers answers)
{
    public Task InvokeAsync(HttpContext context) =>
        answers.TryAnswer(context) ?? (EventThread.IsElsewhere ? next(context) : LeaveAsync(context));

    // Where completions are inline this is a thread of sockets, which must not be held up.
    private async Task LeaveAsync(HttpContext context)
    {
        await EventThread.LeaveCaller();
        await InvokeAsync(context);
    }
}
