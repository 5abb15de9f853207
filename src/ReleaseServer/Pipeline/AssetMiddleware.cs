using Microsoft.AspNetCore.Http.Features;
using ReleaseServer.Alerting;
using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Transport;

namespace ReleaseServer.Pipeline;

/// <summary>Answers with the file, the index page or the listing that the key names.</summary>
internal sealed class AssetMiddleware(RequestDelegate next, IBucket bucket, FileAnswer files, ListingAnswer listings, CacheTags tags, ReadyAnswers ready)
{
    public const string IndexPage = "index.html";

    // Without a snapshot the bucket is not asked: its keys are known by the links alone.
    public Task InvokeAsync(HttpContext context) =>
        context.Features.Get<BucketFailure>() is null ? AnswerAsync(context, context.Features.GetRequiredFeature<AssetRequest>()) : next(context);

    private async Task AnswerAsync(HttpContext context, AssetRequest request)
    {
        // The bucket may be a disk, and sockets must not wait for one.
        await EventThread.Leave();
        request.Breadcrumbs = Breadcrumbs.Begin();
        try
        {
            await (request.IsDirectory ? AnswerDirectoryAsync(context, request) : AnswerFileAsync(context, request));
        }
        catch (BucketUnavailableException exception) when (!context.Response.HasStarted)
        {
            // A failure is never a 404: the steps below answer it.
            context.Response.Clear();
            context.Features.Set(new BucketFailure(exception));
            Breadcrumbs.Add(BreadcrumbLevel.Warning, "fallback", "The bucket gave no usable answer; the steps below are asked");
            await next(context);
        }
    }

    private async Task AnswerFileAsync(HttpContext context, AssetRequest request)
    {
        if (request.Key.Length == 0)
        {
            // The path of a route to the whole bucket, without its slash.
            await AnswerDirectoryNameAsync(context, request);
        }
        else if (!AssetKey.TryCreate(request.Key, out var key))
        {
            await AnswerAbsenceAsync(context, request);
        }
        else if (!await files.TryAnswerAsync(context, request, key))
        {
            await AnswerDirectoryNameAsync(context, request);
        }
    }

    // A directory asked for without its slash: the page's relative links would lead astray, so send the client to the slash.
    private async Task AnswerDirectoryNameAsync(HttpContext context, AssetRequest request)
    {
        var directory = request.Key.Length == 0 ? "" : request.Key + "/";
        if (request.Site.Links.HasBeneath(directory) || await bucket.AnyAsync(directory, context.RequestAborted))
        {
            var location = PathEscaping.ForLocation(request.Path) + "/" + request.Query;
            ready.AddDirectoryRedirect(request, StatusCodes.Status301MovedPermanently, location);
            await Answers.RedirectAsync(
                context, StatusCodes.Status301MovedPermanently, location, request.Route.CacheControl, tags.OfDirectory(request));
        }
        else
        {
            await AnswerAbsenceAsync(context, request);
        }
    }

    private async Task AnswerDirectoryAsync(HttpContext context, AssetRequest request)
    {
        var isServed = request.Key.Length == 0 || AssetKey.TryCreate(request.Key[..^1], out _);
        if (!isServed)
        {
            await AnswerAbsenceAsync(context, request);
            return;
        }

        var index = request.Site.Links.Resolve(request.Key + IndexPage);
        try
        {
            if (AssetKey.TryCreate(index, out var key) && await files.TryAnswerAsync(context, request, key))
            {
                return;
            }
        }
        catch (BucketUnavailableException) when (!context.Response.HasStarted && listings.CanAnswerWithoutBucket(context, request))
        {
            // There was no index page when the listing was made, and no purge has said otherwise.
        }

        if (!request.Route.Listing || !await listings.TryAnswerAsync(context, request))
        {
            await AnswerAbsenceAsync(context, request);
        }
    }

    private Task AnswerAbsenceAsync(HttpContext context, AssetRequest request)
    {
        ready.AddAbsence(request);
        return Answers.NotFoundAsync(context, request.IsDirectory, tags.OfAbsence(request));
    }
}
