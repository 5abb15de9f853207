namespace ReleaseServer.Pipeline;

/// <summary>Lets GET and HEAD pass; says on any path what else there is.</summary>
internal sealed class MethodMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        var method = context.Request.Method;
        if (HttpMethods.IsGet(method) || HttpMethods.IsHead(method))
        {
            return next(context);
        }

        context.Response.Headers.Allow = Answers.Allow;
        if (HttpMethods.IsOptions(method))
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        }

        return Answers.ErrorAsync(context, StatusCodes.Status405MethodNotAllowed, "Method not allowed");
    }
}
