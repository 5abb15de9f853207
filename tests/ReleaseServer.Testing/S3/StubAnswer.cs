using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace ReleaseServer.Testing.S3;

/// <summary>Sends one answer of <see cref="S3Stub"/>, bent by a fault.</summary>
internal sealed class StubAnswer(HttpContext context, StubFault? fault)
{
    private const int DripLength = 4 * 1024;

    private readonly HttpResponse _response = context.Response;

    public Task ErrorAsync(int status, string code) =>
        TextAsync(status, $"<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>As the stub was told.</Message></Error>");

    public Task FaultAsync() =>
        fault is { Body: { } body } ? TextAsync(fault.Status ?? 200, body) : ErrorAsync(fault!.Status!.Value, fault.Code ?? "InternalError");

    public Task WrittenAsync(StubObject item)
    {
        _response.Headers.ETag = item.EntityTag;
        return TextAsync(200, string.Empty);
    }

    public Task NotModifiedAsync(StubObject item)
    {
        _response.StatusCode = 304;
        _response.Headers.ETag = item.EntityTag;
        return Task.CompletedTask;
    }

    public Task TextAsync(int status, string text, string? entityTag = null)
    {
        if (entityTag is not null)
        {
            _response.Headers.ETag = entityTag;
        }

        _response.StatusCode = status;
        _response.ContentType = "application/xml";
        var bytes = Encoding.UTF8.GetBytes(fault is { HalveText: true } ? text[..(text.Length / 2)] : text);
        return BodyAsync(bytes.Length, (position, _) => bytes.AsMemory((int)position));
    }

    public Task ObjectAsync(StubObject item)
    {
        foreach (var (name, value) in item.Fields)
        {
            _response.Headers[name] = value;
        }

        _response.Headers.ETag = item.EntityTag;
        _response.Headers.LastModified = HeaderUtilities.FormatDate(item.LastModified);
        var first = 0L;
        var last = item.Length - 1;
        if (fault is not { IgnoreRange: true } && RangeHeaderValue.TryParse(context.Request.Headers.Range.ToString(), out var range))
        {
            var asked = range.Ranges.Single();
            first = asked.From!.Value;
            last = Math.Min(asked.To ?? last, last);
            if (first > last)
            {
                return ErrorAsync(416, "InvalidRange");
            }

            _response.StatusCode = 206;
            _response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {first}-{last}/{item.Length}");
        }

        return BodyAsync(last - first + 1, (position, count) => item.Slice(first + position, count));
    }

    private async Task BodyAsync(long length, Func<long, long, ReadOnlyMemory<byte>> slice)
    {
        var announced = Math.Max(0, length + (fault?.LengthOff ?? 0));
        if (fault is not { Unannounced: true } && _response.StatusCode is not (204 or 304))
        {
            _response.ContentLength = announced;
        }

        foreach (var (name, value) in fault?.Fields ?? new Dictionary<string, string?>())
        {
            _response.Headers[name] = value;
        }

        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        var end = Math.Min(fault?.CutAfter ?? fault?.EndAfter ?? length, Math.Min(length, announced));
        await _response.StartAsync(context.RequestAborted);
        await SendAsync(end, slice);
        if (fault?.CutAfter is not null)
        {
            await _response.Body.FlushAsync(CancellationToken.None);
            fault.TellThatOneWaits();
            // An abort takes with it what has not left yet.
            await (fault.CutWhen ?? Task.CompletedTask).WaitAsync(context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            context.Abort();
        }
    }

    private async Task SendAsync(long end, Func<long, long, ReadOnlyMemory<byte>> slice)
    {
        for (long position = 0; position < end && !context.RequestAborted.IsCancellationRequested;)
        {
            var bytes = slice(position, end - position);
            bytes = bytes[..(int)Math.Min(bytes.Length, end - position)];
            if (fault is { Drip: var pause } && pause > TimeSpan.Zero)
            {
                bytes = bytes[..Math.Min(bytes.Length, DripLength)];
                await Task.Delay(pause, TimeProvider.System, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            if (fault is { Flip: true } && position == 0)
            {
                var flipped = bytes.ToArray();
                flipped[flipped.Length / 2] ^= 1;
                bytes = flipped;
            }

            await _response.Body.WriteAsync(bytes, CancellationToken.None);
            position += bytes.Length;
            if (fault is { Drip: var drip } && drip > TimeSpan.Zero)
            {
                await _response.Body.FlushAsync(CancellationToken.None);
            }
        }
    }
}
