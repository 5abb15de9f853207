using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using ReleaseServer.Alerting;
using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Transport;

namespace ReleaseServer.Pipeline;

/// <summary>Answers with the file, the index page or the listing that the key names.</summary>
internal sealed class AssetMiddleware(
    RequestDelegate next, IBucket bucket, FileAnswer files, ListingAnswer listings, CacheTags tags, ReadyAnswers ready, TimeProvider clock)
{
    /// <summary>Seconds that caches keep an answer by what a link meant before, at most: few ask for one, and it ends when the overlap does.</summary>
    private const int OverlapMaxAge = 60;

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
            if (!await TryAnswerAsync(context, request) && !await TryAnswerByOverlapAsync(context, request))
            {
                ready.AddAbsence(request);
                await Answers.NotFoundAsync(context, request.IsDirectory, tags.OfAbsence(request));
            }
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

    /// <returns>False, with nothing answered, where nothing is there.</returns>
    private Task<bool> TryAnswerAsync(HttpContext context, AssetRequest request)
    {
        if (request.Site.Overlay.IsWithdrawn(request.Key))
        {
            return Task.FromResult(false);
        }

        return request.IsDirectory ? TryAnswerDirectoryAsync(context, request) : TryAnswerFileAsync(context, request);
    }

    // Whoever read a list of names a moment before a link moved, or read it from a node where it has moved already, gets what it names.
    private async Task<bool> TryAnswerByOverlapAsync(HttpContext context, AssetRequest request)
    {
        var now = clock.GetUtcNow();
        var others = request.Site.Overlay.OtherKeysOf(request.RoutedKey, request.Site.Links, now);
        if (others.Count == 0)
        {
            return false;
        }

        var asked = request.Key;
        foreach (var (key, until) in others.Where(other => other.Key != asked))
        {
            (request.Key, request.Until) = (key, until);
            var maxAge = Math.Min(OverlapMaxAge, (long)(until - now).TotalSeconds);
            request.CacheControl = string.Create(CultureInfo.InvariantCulture, $"public, max-age={maxAge}");
            if (await TryAnswerAsync(context, request))
            {
                return true;
            }
        }

        (request.Key, request.Until, request.CacheControl) = (asked, null, request.Route.CacheControl);
        return false;
    }

    private async Task<bool> TryAnswerFileAsync(HttpContext context, AssetRequest request)
    {
        // Without a key it is the path of a route to the whole bucket, without its slash.
        if (request.Key.Length > 0)
        {
            if (!AssetKey.TryCreate(request.Key, out var key))
            {
                return false;
            }

            if (await files.TryAnswerAsync(context, request, key))
            {
                return true;
            }
        }

        return await TryAnswerDirectoryNameAsync(context, request);
    }

    // A directory asked for without its slash: the page's relative links would lead astray, so send the client to the slash.
    private async Task<bool> TryAnswerDirectoryNameAsync(HttpContext context, AssetRequest request)
    {
        var directory = request.Key.Length == 0 ? "" : request.Key + "/";
        if (!request.Site.Links.HasBeneath(directory) && !await bucket.AnyAsync(directory, context.RequestAborted))
        {
            return false;
        }

        var location = PathEscaping.ForLocation(request.Path) + "/" + request.Query;
        ready.AddDirectoryRedirect(request, StatusCodes.Status301MovedPermanently, location);
        await Answers.RedirectAsync(context, StatusCodes.Status301MovedPermanently, location, request.CacheControl, tags.OfDirectory(request));
        return true;
    }

    private async Task<bool> TryAnswerDirectoryAsync(HttpContext context, AssetRequest request)
    {
        if (request.Key.Length > 0 && !AssetKey.TryCreate(request.Key[..^1], out _))
        {
            return false;
        }

        var index = request.Site.Links.Resolve(request.Key + IndexPage);
        try
        {
            if (AssetKey.TryCreate(index, out var key) && await files.TryAnswerAsync(context, request, key))
            {
                return true;
            }
        }
        catch (BucketUnavailableException) when (!context.Response.HasStarted && listings.CanAnswerWithoutBucket(context, request))
        {
            // There was no index page when the listing was made, and no purge has said otherwise.
        }

        return request.Route.Listing && await listings.TryAnswerAsync(context, request);
    }
}
