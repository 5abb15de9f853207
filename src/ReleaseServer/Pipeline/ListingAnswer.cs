using System.Security.Cryptography;
using ReleaseServer.Http;
using ReleaseServer.Listings;
using ReleaseServer.Transport;

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

        // The bucket's answer may have come in on a thread that others wait for, and a page takes a millisecond.
        await EventThread.Leave();
        var isJson = Accept.PrefersJson(context.Request.Headers.Accept);
        var page = isJson ? ListingJson.ToBytes(listing) : ListingHtml.ToBytes(request.Path, listing);
        var validators = new Validators(TagOf(page), listing.LastModified);
        switch (Preconditions.Evaluate(ConditionalHeaders.Read(context.Request.Headers, clock), validators))
        {
            case PreconditionOutcome.Failed:
                await Answers.ErrorAsync(context, StatusCodes.Status412PreconditionFailed, "Precondition failed");
                break;

            case PreconditionOutcome.NotModified:
                context.Response.StatusCode = StatusCodes.Status304NotModified;
                SetFields(context, request, validators, isJson);
                break;

            case PreconditionOutcome.Proceed:
            default:
                SetFields(context, request, validators, isJson);
                context.Response.ContentType = isJson ? "application/json" : "text/html";
                await SendAsync(context, page);
                break;
        }

        return true;
    }

    // The date alone does not tell that an old entry went or came. Weak, for the codings of a page share it.
    private static EntityTag TagOf(byte[] page) => new($"\"{Convert.ToHexStringLower(SHA256.HashData(page))[..16]}\"", IsWeak: true);

    private static void SetFields(HttpContext context, AssetRequest request, in Validators validators, bool isJson)
    {
        var headers = context.Response.Headers;
        headers.ETag = validators.EntityTag?.ToString();
        if (validators.LastModified is { } newest)
        {
            headers.LastModified = HttpDate.Format(newest);
        }

        headers.CacheControl = request.Route.CacheControl;
        Answers.AddSiteFields(context, request);

        // The HTML names only the coding it was negotiated by: docs/parity.md says why.
        headers.Vary = isJson ? "Accept, Accept-Encoding" : "Accept-Encoding";
    }

    private static Task SendAsync(HttpContext context, byte[] page)
    {
        var coding = ContentCodings.Choose(context.Request);
        if (coding == ContentCoding.Identity)
        {
            return Answers.ContentAsync(context, page);
        }

        context.Response.Headers.ContentEncoding = ContentCodings.NameOf(coding);
        return Answers.ContentAsync(context, ResponseBody.Encode(page, coding));
    }
}
