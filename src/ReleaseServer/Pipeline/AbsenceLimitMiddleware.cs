using Microsoft.AspNetCore.Http.Features;
using ReleaseServer.Buckets;
using ReleaseServer.Caching;
using ReleaseServer.Http;
using ReleaseServer.Limits;

namespace ReleaseServer.Pipeline;

/// <summary>
/// Refuses a client that has asked for too many names that are not there, before anybody is asked for another one. What this node knows to be
/// there is never refused, nor what it answers from memory: neither gets here, or neither is counted.
/// </summary>
/// <param name="cache">Null where there is none: nothing is known.</param>
internal sealed class AbsenceLimitMiddleware(RequestDelegate next, AbsenceLimit limit, RenderedListings listings, IObjectCache? cache = null)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (!limit.IsOn || IsKnown(context, context.Features.GetRequiredFeature<AssetRequest>()) || limit.ClientOf(context) is not { } client)
        {
            return next(context);
        }

        if (!limit.TryTake(client, out var retryAfter))
        {
            context.Response.Headers.RetryAfter = retryAfter;
            return Answers.ErrorAsync(context, StatusCodes.Status429TooManyRequests, "Too many names that do not exist; please slow down");
        }

        // Taken before it is known to be owed: a thousand requests at once must not all find the same last token. Who leaves before the answer has paid.
        var account = new Account(limit, client, context.Response);
        context.Response.OnStarting(static state => ((Account)state).SettleAsync(), account);
        return next(context);
    }

    private bool IsKnown(HttpContext context, AssetRequest request)
    {
        var name = request.Key.EndsWith('/') ? request.Key[..^1] : request.Key;
        if (!AssetKey.TryCreate(name, out var key))
        {
            // The whole bucket; or what no object can be called, and nobody is asked for.
            return true;
        }

        if (request.Site.Links.HasBeneath(name + "/"))
        {
            return true;
        }

        if (!request.IsDirectory)
        {
            return cache?.Find(key) is not null;
        }

        return listings.IsKept(request, Accept.PrefersJson(context.Request.Headers.Accept))
            || (AssetKey.TryCreate(request.Site.Links.Resolve(request.Key + AssetMiddleware.IndexPage), out var index) && cache?.Find(index) is not null);
    }

    private sealed class Account(AbsenceLimit limit, ClientAddress client, HttpResponse response)
    {
        public Task SettleAsync()
        {
            if (response.StatusCode != StatusCodes.Status404NotFound)
            {
                limit.Return(client);
            }

            return Task.CompletedTask;
        }
    }
}
