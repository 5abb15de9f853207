using Microsoft.AspNetCore.Http.Features;
using ReleaseServer.Buckets;
using ReleaseServer.Downloads;
using ReleaseServer.Http;
using ReleaseServer.Origin;
using ReleaseServer.Site;
using ReleaseServer.Transport;

namespace ReleaseServer.Pipeline;

/// <summary>Answers with what an origin says, in the form that answers from the bucket have; lifetimes downstream are those of our rules.</summary>
internal sealed partial class OriginAnswer(OriginClient client, OriginOptions options, CacheTags tags, DownloadCounter downloads, TimeProvider clock, ILogger<OriginAnswer> logger)
{
    /// <param name="isMiss">Whether the bucket has been asked.</param>
    /// <returns>False, with nothing answered, where no origin has an answer, or where this request has been forwarded by us before.</returns>
    public async Task<bool> TryAnswerAsync(HttpContext context, bool isMiss)
    {
        var asset = context.Features.GetRequiredFeature<AssetRequest>();
        if (!IsServed(asset))
        {
            return false;
        }

        if (OriginLoop.HasPassed(context.Request.Headers, options.Name))
        {
            LogLoop(asset.Path, options.Name);
            return false;
        }

        await EventThread.Leave();

        // Our own reading of the path, escaped anew: an origin that read it otherwise would answer for another file than the one asked for.
        var target = PathEscaping.ForLocation(asset.Path) + asset.Query;
        var request = new OriginRequest(
            context.Request.Method, target, context.Request.Headers, context.Connection.RemoteIpAddress, context.Request.Protocol, options, clock);
        for (var first = 0; first < client.Count;)
        {
            if (await AskAsync(asset, request, first, context.RequestAborted) is not var (response, place))
            {
                return false;
            }

            var record = context.Features.Get<RequestRecord>();
            record?.Origin = response.Server.Address;
            record?.Download = response.Status is StatusCodes.Status200OK or StatusCodes.Status206PartialContent ? downloads.Of(asset.Key) : null;
            try
            {
                await using (response)
                {
                    await AnswerAsync(context, asset, response, isMiss);
                    return true;
                }
            }
            catch (OriginUnavailableException) when (!context.Response.HasStarted)
            {
                // Its body broke before the first byte: the next one may have it whole.
                context.Response.Clear();
                record?.Origin = null;
                first = place + 1;
            }
        }

        return false;
    }

    // Names that are not served are not asked for either; from the bucket they are 404.
    private static bool IsServed(AssetRequest asset) =>
        asset.Key.Length == 0 || AssetKey.TryCreate(asset.IsDirectory ? asset.Key[..^1] : asset.Key, out _);

    private async Task<(OriginResponse Response, int Place)?> AskAsync(AssetRequest asset, OriginRequest request, int first, CancellationToken cancellationToken)
    {
        try
        {
            return await client.AskAsync(request, first, cancellationToken);
        }
        catch (OriginUnavailableException exception)
        {
            LogUnanswered(asset.Path, exception.Message);
            return null;
        }
    }

    private Task AnswerAsync(HttpContext context, AssetRequest asset, OriginResponse response, bool isMiss)
    {
        var headers = context.Response.Headers;
        headers[CacheStatusField.Name] = CacheStatusField.OfOrigin(isMiss, response.Status);
        var surrogateKeys = SurrogateKeysOf(asset, response);
        switch (response.Status)
        {
            case StatusCodes.Status404NotFound:
                return Answers.NotFoundAsync(context, asset.IsDirectory, tags.OfAbsence(asset));

            case StatusCodes.Status412PreconditionFailed:
                surrogateKeys.Set(headers);
                return Answers.ErrorAsync(context, response.Status, "Precondition failed");

            case StatusCodes.Status416RangeNotSatisfiable:
                surrogateKeys.Set(headers);
                Set(headers, "Content-Range", response.ContentRange);
                return Answers.ErrorAsync(context, response.Status, "Range not satisfiable");

            case >= 300 and < 400 when response.Location is { } location:
                return Answers.RedirectAsync(context, response.Status, location, CacheControlOf(asset, location), surrogateKeys);

            default:
                context.Response.StatusCode = response.Status;
                surrogateKeys.Set(headers);
                SetShared(headers, asset, response);
                return response.Status == StatusCodes.Status304NotModified ? Task.CompletedTask : SendAsync(context, asset, response);
        }
    }

    private SurrogateKeys SurrogateKeysOf(AssetRequest asset, OriginResponse response) =>
        !asset.IsDirectory && response.Location is null && AssetKey.TryCreate(asset.Key, out var key) ? tags.OfFile(asset, key) : tags.OfDirectory(asset);

    // Only the slash of a directory is known to stay; where else an origin leads may be a matter of the moment.
    private static string CacheControlOf(AssetRequest asset, string location) =>
        location == PathEscaping.ForLocation(asset.Path) + "/" + asset.Query ? asset.Route.CacheControl : CacheControl.Error;

    private static void SetShared(IHeaderDictionary headers, AssetRequest asset, OriginResponse response)
    {
        Set(headers, "ETag", response.EntityTag?.ToString());
        Set(headers, "Last-Modified", response.LastModified);
        headers.CacheControl = asset.Route.CacheControl;
        ExtraField.Set(headers, asset.SiteFields());
        if (response.VariesByAccept)
        {
            headers.Vary = "Accept, Accept-Encoding";
        }
        else if (asset.Site.Data.MediaTypes.IsCompressible(ContentTypeOf(asset, response)))
        {
            // From the bucket it comes in several codings.
            headers.Vary = "Accept-Encoding";
        }
    }

    private static Task SendAsync(HttpContext context, AssetRequest asset, OriginResponse response)
    {
        var headers = context.Response.Headers;
        ContentFields.SetType(headers, ContentTypeOf(asset, response));
        Set(headers, "Content-Encoding", response.ContentEncoding);
        Set(headers, "Content-Range", response.ContentRange);
        Set(headers, "Accept-Ranges", response.AcceptsRanges ? "bytes" : null);
        context.Response.ContentLength = response.Length;
        return response.Body is { } body ? ResponseBody.CopyAsync(context, body) : Task.CompletedTask;
    }

    private static string ContentTypeOf(AssetRequest asset, OriginResponse response) =>
        response.ContentType ?? (asset.IsDirectory ? "text/html" : asset.Site.Data.MediaTypes.Of(asset.Key));

    private static void Set(IHeaderDictionary headers, string name, string? value)
    {
        if (value is not null)
        {
            headers[name] = value;
        }
    }

    [LoggerMessage(LogLevel.Error, "{Path} came back to us, who are {Name}: it is not forwarded again (Origin:Urls, Origin:Name)")]
    private partial void LogLoop(string path, string name);

    [LoggerMessage(LogLevel.Warning, "No origin has an answer for {Path}: {Trouble}")]
    private partial void LogUnanswered(string path, string trouble);
}
