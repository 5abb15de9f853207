using ReleaseServer.Http;

namespace ReleaseServer.Pipeline;

/// <summary>200 and 304 from a rendered listing, HTML or JSON.</summary>
internal sealed class ReadyListing(AssetRequest request, RenderedListings listings, CodedForms forms, TimeProvider clock)
    : ReadyAnswer(request.Path, request.Site)
{
    private const int Overhead = 384;

    public override long Cost { get; } = Overhead + (2 * request.Path.Length);

    // The pages know themselves when they are over.
    public override bool IsOverAt(long now, int purges) => false;

    public override Task? TryAnswer(HttpContext context, long now)
    {
        var request = context.Request;
        if (listings.FindReady(Path, Accept.PrefersJson(request.Headers.Accept), Site, now) is not { } page)
        {
            return null;
        }

        page.Touch();
        return Preconditions.Evaluate(ConditionalHeaders.Read(request.Headers, clock), page.Validators) switch
        {
            PreconditionOutcome.NotModified => AnswerNotModified(context, page, now),
            PreconditionOutcome.Proceed => TrySend(context, page, now),
            _ => null,
        };
    }

    private static Task AnswerNotModified(HttpContext context, RenderedListing page, long now)
    {
        var response = context.Response;
        response.StatusCode = StatusCodes.Status304NotModified;
        page.SetShared(response.Headers);
        CacheFields.Set(context, CacheFields.UseOf(page.Freshness!, now));
        return Task.CompletedTask;
    }

    private Task? TrySend(HttpContext context, RenderedListing page, long now)
    {
        var coding = ContentCodings.Choose(context.Request);
        var content = page.Body.Bytes;
        if (coding != ContentCoding.Identity)
        {
            if (forms.Find(page.Id, page.EntityTag, coding) is not { } form)
            {
                return null;
            }

            content = form.Bytes;
        }

        var headers = context.Response.Headers;
        page.SetShared(headers);
        page.SetContent(headers, coding);
        CacheFields.Set(context, CacheFields.UseOf(page.Freshness!, now));
        return Answers.ContentAsync(context, content);
    }
}
