using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using ReleaseServer.Testing.S3;

namespace ReleaseServer.Load.Store;

/// <summary>Answers one request to the stand-in.</summary>
internal sealed class StoreAnswer(HttpContext context, StoreContent content, StoreState state)
{
    private const int Slice = 64 * 1024;

    // Small, so that a limit is kept to within a millisecond or two.
    private const int LimitedSlice = 16 * 1024;

    private readonly HttpResponse _response = context.Response;

    public async Task SendAsync()
    {
        // Not Request.Path, which leaves an escaped slash escaped.
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var path = target.Split('?')[0].TrimStart('/').Split('/', 2);
        var key = path.Length > 1 ? Uri.UnescapeDataString(path[1]) : "";
        var isListing = key.Length == 0 && HttpMethods.IsGet(context.Request.Method);
        state.Count(isListing ? "LIST" : context.Request.Method, key);
        try
        {
            await HoldAsync();
            await (path[0] != content.Bucket ? ErrorAsync(404, "NoSuchBucket")
                : state.Mode == StoreMode.Fail ? ErrorAsync(503, "SlowDown")
                : isListing ? ListAsync()
                : content.Find(key) is { } item ? ObjectAsync(item)
                : ErrorAsync(404, "NoSuchKey"));
        }
        catch (OperationCanceledException)
        {
            // The client left.
        }
    }

    private async Task HoldAsync()
    {
        while (state.Mode == StoreMode.Hang)
        {
            await state.ModeChanged.WaitAsync(context.RequestAborted);
        }

        if (state.Latency > TimeSpan.Zero)
        {
            await DelayAsync(state.Latency);
        }
    }

    private Task ListAsync()
    {
        var query = QueryHelpers.ParseQuery(context.Request.QueryString.Value)
            .ToDictionary(static pair => pair.Key, static pair => pair.Value.ToString());
        return TextAsync(200, StubListing.Page(content.Bucket, content.Objects, query));
    }

    private Task ErrorAsync(int status, string code) => TextAsync(
        status,
        $"<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>{code}</Message><RequestId>load</RequestId></Error>");

    private async Task TextAsync(int status, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        _response.StatusCode = status;
        _response.ContentType = "application/xml";
        _response.ContentLength = bytes.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await _response.Body.WriteAsync(bytes, context.RequestAborted);
        }
    }

    private Task ObjectAsync(StubObject item)
    {
        var asked = context.Request.Headers;
        if (asked.IfMatch.Count > 0 && asked.IfMatch.ToString() != item.EntityTag)
        {
            return ErrorAsync(412, "PreconditionFailed");
        }

        foreach (var (name, value) in item.Fields)
        {
            _response.Headers[name] = value;
        }

        _response.Headers.ETag = item.EntityTag;
        _response.Headers.LastModified = HeaderUtilities.FormatDate(item.LastModified);
        _response.Headers.AcceptRanges = "bytes";
        if (asked.IfNoneMatch.Count > 0 && asked.IfNoneMatch.ToString() == item.EntityTag)
        {
            _response.StatusCode = 304;
            return Task.CompletedTask;
        }

        var (first, last) = (0L, item.Length - 1);
        if (RangeHeaderValue.TryParse(asked.Range.ToString(), out var range) && range.Ranges is { Count: 1 })
        {
            var one = range.Ranges.Single();
            first = one.From ?? Math.Max(0, item.Length - one.To!.Value);
            last = one.From is null ? last : Math.Min(one.To ?? last, last);
            if (first > last)
            {
                return ErrorAsync(416, "InvalidRange");
            }

            _response.StatusCode = 206;
            _response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {first}-{last}/{item.Length}");
        }

        _response.ContentLength = last - first + 1;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : BodyAsync(item, first, last + 1);
    }

    private async Task BodyAsync(StubObject item, long position, long end)
    {
        var cutAt = state.Mode == StoreMode.Cut ? position + ((end - position) / 2) : end;
        var started = TimeProvider.System.GetTimestamp();
        var sent = 0L;
        while (position < cutAt)
        {
            var isLimited = state.BodyRate > 0 || state.TotalRate > 0;
            var bytes = item.Slice(position, Math.Min(cutAt - position, isLimited ? LimitedSlice : Slice));
            sent += bytes.Length;
            var wait = state.Reserve(bytes.Length);
            if (state.BodyRate > 0)
            {
                var due = TimeSpan.FromSeconds(sent / (double)state.BodyRate) - TimeProvider.System.GetElapsedTime(started);
                wait = due > wait ? due : wait;
            }

            await DelayAsync(wait);
            await _response.Body.WriteAsync(bytes, context.RequestAborted);
            position += bytes.Length;
        }

        if (cutAt < end)
        {
            await _response.Body.FlushAsync(context.RequestAborted);
            // What was flushed must have left: an abort takes with it what has not.
            await DelayAsync(TimeSpan.FromMilliseconds(50));
            context.Abort();
        }
    }

    // Timers have whole milliseconds; less is made up for by the next slice, whose due time does not move.
    private Task DelayAsync(TimeSpan time) =>
        time < TimeSpan.FromMilliseconds(1) ? Task.CompletedTask : Task.Delay(time, TimeProvider.System, context.RequestAborted);
}
