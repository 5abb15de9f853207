using ReleaseServer.Http;
using ReleaseServer.Listings;

namespace ReleaseServer.Pipeline;

/// <summary>Answers with a directory's listing: HTML as nginx writes it, or JSON for a client that prefers it.</summary>
internal sealed class ListingAnswer(ListingReader reader, TimeProvider clock)
{
    /// <returns>False, with nothing answered, when there is no such directory.</returns>
    public async Task<bool> TryAnswerAsync(HttpContext context, AssetRequest request)
    {
        var listing = await reader.ReadAsync(request.Key, request.Site.Links, request.Site.Generation.HasCatalog, context.RequestAborted);
        if (listing is null)
        {
            return false;
        }

        var validators = new Validators(null, listing.LastModified is { } newest ? HttpDate.ToWholeSeconds(newest) : null);
        switch (Preconditions.Evaluate(ConditionalHeaders.Read(context.Request.Headers, clock), validators))
        {
            case PreconditionOutcome.Failed:
                await Answers.ErrorAsync(context, StatusCodes.Status412PreconditionFailed, "Precondition failed");
                break;

            case PreconditionOutcome.NotModified:
                context.Response.StatusCode = StatusCodes.Status304NotModified;
                SetFields(context, request, validators);
                break;

            case PreconditionOutcome.Proceed:
            default:
                SetFields(context, request, validators);
                await SendAsync(context, request, listing);
                break;
        }

        return true;
    }

    private static void SetFields(HttpContext context, AssetRequest request, Validators validators)
    {
        var headers = context.Response.Headers;
        if (validators.LastModified is { } newest)
        {
            headers.LastModified = HttpDate.Format(newest);
        }

        headers.CacheControl = request.Route.CacheControl;
        Answers.AddSiteFields(context, request);

        // The HTML names only the coding it was negotiated by; the contract has no Accept there (docs/parity.md).
        headers.Vary = Accept.PrefersJson(context.Request.Headers.Accept) ? "Accept, Accept-Encoding" : "Accept-Encoding";
    }

    private static Task SendAsync(HttpContext context, AssetRequest request, DirectoryListing listing)
    {
        var isJson = Accept.PrefersJson(context.Request.Headers.Accept);
        var content = isJson ? ListingJson.ToBytes(listing) : ListingHtml.ToBytes(request.Path, listing);
        context.Response.ContentType = isJson ? "application/json" : "text/html";
        var coding = ContentCodings.Choose(context.Request);
        if (coding != ContentCoding.Identity)
        {
            context.Response.Headers.ContentEncoding = ContentCodings.NameOf(coding);
            content = ResponseBody.Encode(content, coding);
        }

        return Answers.ContentAsync(context, content);
    }
}
