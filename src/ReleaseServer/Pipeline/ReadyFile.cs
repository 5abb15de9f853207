using ReleaseServer.Caching;
using ReleaseServer.Downloads;
using ReleaseServer.Http;

namespace ReleaseServer.Pipeline;

/// <summary>200, 206 of one range, and 304 from a cached object; several paths may lead to one object, each with fields of its own.</summary>
internal sealed class ReadyFile(AssetRequest request, CachedObject content, AssetFields fields, CodedForms forms, TimeProvider clock)
    : ReadyAnswer(request.Path, request.Site)
{
    private const int Overhead = 1024;

    public CachedObject Content => content;

    public override DownloadName? Download { get; } = request.Download;

    public override long Cost { get; } = Overhead + (2 * (request.Path.Length + fields.SurrogateKeys.Length));

    public override CacheStatus? CacheStatusAt(long now) => content.Freshness.StatusAt(now);

    public override bool IsOverAt(long now, int purges) => content.IsGone;

    public override Task? TryAnswer(HttpContext context, long now)
    {
        if (!content.IsReadyAt(now))
        {
            return null;
        }

        content.Touch();
        var headers = context.Request.Headers;
        return Preconditions.Evaluate(ConditionalHeaders.Read(headers, clock), fields.Validators) switch
        {
            PreconditionOutcome.NotModified => AnswerNotModified(context, now),
            PreconditionOutcome.Proceed when headers.Range.Count == 0 || context.Request.Method == HttpMethods.Head => TrySendWhole(context, now),
            PreconditionOutcome.Proceed => TrySendSelected(context, now),
            _ => null,
        };
    }

    private Task AnswerNotModified(HttpContext context, long now)
    {
        context.Response.StatusCode = StatusCodes.Status304NotModified;
        SetShared(context, fields.Choose(context.Request), now);
        return Task.CompletedTask;
    }

    private Task? TrySendSelected(HttpContext context, long now)
    {
        var headers = context.Request.Headers;
        if (!IfRange.Read(headers, clock).Holds(fields.Validators))
        {
            return TrySendWhole(context, now);
        }

        var selection = RangeHeader.Select(headers.Range, fields.Metadata.Length);
        return selection.Outcome switch
        {
            RangeOutcome.Ignored => TrySendWhole(context, now),
            RangeOutcome.Satisfied when selection.Count == 1 => TrySendRange(context, selection[0], now),
            _ => null,
        };
    }

    private Task? TrySendWhole(HttpContext context, long now)
    {
        var coding = fields.Choose(context.Request);
        if (coding != ContentCoding.Identity)
        {
            return forms.Find(content.Id, fields.Metadata.EntityTag, coding) is { } form ? SendForm(context, form, coding, now) : null;
        }

        if (context.Request.Method == HttpMethods.Head)
        {
            SetWhole(context, now);
            return Task.CompletedTask;
        }

        switch (content.Body)
        {
            case MemoryBody memory:
                SetWhole(context, now);
                return ResponseBody.SendAsync(context, memory.Bytes).AsTask();

            case DiskBody disk when FileInUse.TryBegin(disk) is { } file:
                SetWhole(context, now);
                return file.SendAsync(context, 0, disk.Length);

            default:
                return null;
        }
    }

    private Task? TrySendRange(HttpContext context, ByteRange range, long now)
    {
        switch (content.Body)
        {
            case MemoryBody memory:
                SetRange(context, range, now);
                return ResponseBody.SendAsync(context, memory.Bytes.Slice((int)range.First, (int)range.Length)).AsTask();

            case DiskBody disk when FileInUse.TryBegin(disk) is { } file:
                SetRange(context, range, now);
                return file.SendAsync(context, range.First, range.Length);

            default:
                return null;
        }
    }

    private Task SendForm(HttpContext context, CodedForm form, ContentCoding coding, long now)
    {
        SetShared(context, coding, now);
        fields.SetContent(context.Response.Headers, coding);
        return Answers.ContentAsync(context, form.Bytes);
    }

    private void SetWhole(HttpContext context, long now)
    {
        SetShared(context, ContentCoding.Identity, now);
        fields.SetContent(context.Response.Headers, ContentCoding.Identity);
        context.Response.Headers.ContentLength = fields.Metadata.Length;
    }

    private void SetRange(HttpContext context, ByteRange range, long now)
    {
        context.Response.StatusCode = StatusCodes.Status206PartialContent;
        SetShared(context, ContentCoding.Identity, now);
        var headers = context.Response.Headers;
        fields.SetContent(headers, ContentCoding.Identity);
        headers.ContentRange = ContentRange.Format(range, fields.Metadata.Length);
        headers.ContentLength = range.Length;
    }

    private void SetShared(HttpContext context, ContentCoding coding, long now)
    {
        fields.SetShared(context.Response.Headers, coding);
        CacheFields.Set(context.Response.Headers, CacheFields.UseOf(content.Freshness, now));
    }
}
