namespace ReleaseServer.Pipeline;

/// <summary>Lets GET and HEAD pass; says on any path what else there is.</summary>
internal sealed class MethodMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
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
}
