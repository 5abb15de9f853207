using ReleaseServer.Http;

namespace ReleaseServer.Pipeline;

/// <summary>Answers with a directory's listing: HTML as nginx writes it, or JSON for a client that prefers it.</summary>
internal sealed class ListingAnswer(RenderedListings listings, CodedForms forms, ReadyAnswers ready, TimeProvider clock)
{
    /// <summary>Whether this can answer though the bucket fails.</summary>
    public bool CanAnswerWithoutBucket(HttpContext context, AssetRequest request) =>
        listings.IsKept(request, Accept.PrefersJson(context.Request.Headers.Accept));

    /// <returns>False, with nothing answered, when there is no such directory.</returns>
    public async Task<bool> TryAnswerAsync(HttpContext context, AssetRequest request)
    {
        var isJson = Accept.PrefersJson(context.Request.Headers.Accept);
        if (await listings.GetAsync(request, isJson, context.RequestAborted) is not { } served)
        {
            return false;
        }

        var page = served.Page;
        var headers = context.Response.Headers;
        CacheFields.Set(context, served.Use);
        switch (Preconditions.Evaluate(ConditionalHeaders.Read(context.Request.Headers, clock), page.Validators))
        {
            case PreconditionOutcome.Failed:
                page.SurrogateKeys.Set(headers);
                await Answers.ErrorAsync(context, StatusCodes.Status412PreconditionFailed, "Precondition failed");
                break;

            case PreconditionOutcome.NotModified:
                context.Response.StatusCode = StatusCodes.Status304NotModified;
                page.SetShared(headers);
                break;

            case PreconditionOutcome.Proceed:
            default:
                await SendAsync(context, page);
                break;
        }

        ready.AddListing(request);
        return true;
    }

    private async Task SendAsync(HttpContext context, RenderedListing page)
    {
        var coding = ContentCodings.Choose(context.Request);
        ReadOnlyMemory<byte> content = page.Body.Bytes;
        if (coding != ContentCoding.Identity)
        {
            var form = await forms.GetAsync(page.Id, page.EntityTag, page.Body, coding, context.RequestAborted);
            content = form?.Bytes ?? ResponseBody.Encode(page.Body, coding);
        }

        page.SetShared(context.Response.Headers);
        page.SetContent(context.Response.Headers, coding);
        await Answers.ContentAsync(context, content);
    }
}
