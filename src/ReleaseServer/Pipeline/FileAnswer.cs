using System.Globalization;
using Microsoft.Extensions.Primitives;
using ReleaseServer.Buckets;
using ReleaseServer.Downloads;
using ReleaseServer.Http;

namespace ReleaseServer.Pipeline;

/// <summary>Answers with one object: preconditions, then ranges, then the bytes (RFC 9110 §13.2.2, §14.2).</summary>
internal sealed class FileAnswer(IBucket bucket, CacheTags tags, CodedForms forms, ReadyAnswers ready, DownloadCounter downloads, TimeProvider clock)
{
    /// <summary>How often an object may be replaced between its metadata and its bytes before the bucket counts as failing.</summary>
    private const int MaxTries = 3;

    /// <returns>False, with nothing answered, when there is no such object.</returns>
    public async Task<bool> TryAnswerAsync(HttpContext context, AssetRequest request, AssetKey key)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var stored = request.Site.Overlay.StoredKeyOf(key);

                // A document that was lost leaves the object that it stands for.
                return await TryOnceAsync(context, request, key, stored) || (stored != key && await TryOnceAsync(context, request, key, key));
            }
            catch (RepresentationChangedException exception) when (!context.Response.HasStarted)
            {
                context.Response.Clear();
                if (attempt == MaxTries)
                {
                    throw new BucketUnavailableException($"{key} changed {MaxTries} times in a row while it was asked for", exception);
                }
            }
        }
    }

    /// <param name="key">Names the answer: its type, its surrogate keys.</param>
    /// <param name="stored">Where the bytes are.</param>
    private async Task<bool> TryOnceAsync(HttpContext context, AssetRequest request, AssetKey key, AssetKey stored)
    {
        var headers = context.Request.Headers;
        var isGet = context.Request.Method == HttpMethods.Get;
        var conditions = ConditionalHeaders.Read(headers, clock);
        if (isGet && !conditions.Any && headers.Range.Count == 0)
        {
            // The common download needs one request to the bucket, not two.
            await using var opened = await bucket.OpenAsync(stored, range: null, expected: null, context.RequestAborted);
            if (opened is not null)
            {
                var selected = Select(context, request, key, opened.Metadata);
                await SendWholeAsync(context, stored, selected, opened.Body);
                ready.AddFile(request, stored, selected.Fields);
            }

            return opened is not null;
        }

        if (await bucket.HeadAsync(stored, context.RequestAborted) is not { } metadata)
        {
            return false;
        }

        var asset = Select(context, request, key, metadata);
        switch (Preconditions.Evaluate(conditions, asset.Validators))
        {
            case PreconditionOutcome.Failed:
                asset.SetRefusalFields(context);
                await Answers.ErrorAsync(context, StatusCodes.Status412PreconditionFailed, "Precondition failed");
                break;

            case PreconditionOutcome.NotModified:
                context.Response.StatusCode = StatusCodes.Status304NotModified;
                asset.SetSharedFields(context);
                break;

            case PreconditionOutcome.Proceed when isGet:
                await SendSelectedAsync(context, stored, asset);
                break;

            case PreconditionOutcome.Proceed:
            default:
                await SendWholeAsync(context, stored, asset, body: null);
                break;
        }

        ready.AddFile(request, stored, asset.Fields);
        return true;
    }

    private async Task SendSelectedAsync(HttpContext context, AssetKey key, SelectedAsset asset)
    {
        var headers = context.Request.Headers;
        var field = IfRange.Read(headers, clock).Holds(asset.Validators) ? headers.Range : StringValues.Empty;
        var selection = RangeHeader.Select(field, asset.Metadata.Length);
        switch (selection.Outcome)
        {
            case RangeOutcome.Unsatisfiable:
                context.Response.Headers.ContentRange = ContentRange.FormatUnsatisfied(asset.Metadata.Length);
                asset.SetRefusalFields(context);
                await Answers.ErrorAsync(context, StatusCodes.Status416RangeNotSatisfiable, "Range not satisfiable");
                break;

            case RangeOutcome.Satisfied when selection.Count == 1:
                await SendRangeAsync(context, key, asset, selection[0]);
                break;

            case RangeOutcome.Satisfied:
                await SendRangesAsync(context, key, asset, selection);
                break;

            case RangeOutcome.Ignored:
            default:
                await using (var opened = await OpenAsync(key, range: null, asset, context.RequestAborted))
                {
                    await SendWholeAsync(context, key, asset, opened.Body);
                }

                break;
        }
    }

    /// <param name="body">Null for HEAD.</param>
    private async Task SendWholeAsync(HttpContext context, AssetKey key, SelectedAsset asset, Stream? body)
    {
        var form = asset.Coding == ContentCoding.Identity
            ? null
            : await forms.GetAsync(key, asset.Metadata.EntityTag, asset.Coding, context.RequestAborted);
        asset.SetSharedFields(context);
        asset.SetContentFields(context);
        if (form is not null)
        {
            await Answers.ContentAsync(context, form.Bytes);
            return;
        }

        if (asset.Coding == ContentCoding.Identity)
        {
            context.Response.ContentLength = asset.Metadata.Length;
        }

        if (body is not null)
        {
            await (asset.Coding == ContentCoding.Identity
                ? ResponseBody.CopyAsync(context, body)
                : ResponseBody.EncodeAsync(context, body, asset.Coding));
        }
    }

    private async Task SendRangeAsync(HttpContext context, AssetKey key, SelectedAsset asset, ByteRange range)
    {
        await using var opened = await OpenAsync(key, range, asset, context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status206PartialContent;
        asset.SetSharedFields(context);
        asset.SetContentFields(context);
        context.Response.Headers.ContentRange = ContentRange.Format(range, asset.Metadata.Length);
        context.Response.ContentLength = range.Length;
        await ResponseBody.CopyAsync(context, opened.Body);
    }

    private async Task SendRangesAsync(HttpContext context, AssetKey key, SelectedAsset asset, RangeSelection selection)
    {
        // Drawn anew for each answer, so that no file can be made to hold it.
        var boundary = Random.Shared.NextInt64(long.MaxValue).ToString("D20", CultureInfo.InvariantCulture);
        var parts = new MultipartByteRanges(selection, asset.Metadata.Length, asset.Fields.ContentType, boundary);
        for (var i = 0; i < parts.Count; i++)
        {
            // The first part is opened before the head is sent, so that a bucket that fails can still be answered for.
            await using var opened = await OpenAsync(key, parts.PartRange(i), asset, context.RequestAborted);
            if (i == 0)
            {
                context.Response.StatusCode = StatusCodes.Status206PartialContent;
                asset.SetSharedFields(context);
                asset.SetContentFields(context);
                context.Response.ContentType = parts.ContentType;
                context.Response.ContentLength = parts.ContentLength;
            }

            await ResponseBody.SendAsync(context, parts.PartHeader(i));
            await ResponseBody.CopyAsync(context, opened.Body);
        }

        await ResponseBody.SendAsync(context, parts.Closing);
    }

    private SelectedAsset Select(HttpContext context, AssetRequest request, AssetKey key, RepresentationMetadata metadata)
    {
        request.Download ??= downloads.Of(key.Value);
        context.Features.Get<RequestRecord>()?.Download = request.Download;
        var fields = new AssetFields(request, key, metadata, tags.OfFile(request, key));
        return new SelectedAsset(fields, fields.Choose(context.Request));
    }

    private async ValueTask<Representation> OpenAsync(AssetKey key, ByteRange? range, SelectedAsset asset, CancellationToken cancellationToken) =>
        await bucket.OpenAsync(key, range, asset.Metadata.EntityTag, cancellationToken) ?? throw new RepresentationChangedException(key);
}
