using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;
using ReleaseServer.Buckets;
using ReleaseServer.Caching;
using ReleaseServer.Http;
using ReleaseServer.Transport;

namespace ReleaseServer.Pipeline;

/// <summary>Sends content in slices, each awaited: a slow client holds one slice in memory, not a file.</summary>
internal static class ResponseBody
{
    /// <summary>Bytes read and sent at a time. 64 KB measured cheapest; one big write costs five times as much and grows memory.</summary>
    private const int SliceBytes = 64 * 1024;

    /// <summary>Up to here, content in memory is copied behind the head and sent with it: cheaper than a gathered send.</summary>
    private const int CopiedBytes = 16 * 1024;

    /// <summary>Lent at a time. What the log counts as sent is right to this many bytes, and a disk that stalls holds up no more.</summary>
    private const int LoanBytes = 1024 * 1024;

    /// <summary>Sends content that is in memory and does not change meanwhile; nothing for HEAD.</summary>
    /// <remarks>Where the connection takes loans, it is sent from where it is.</remarks>
    /// <exception cref="OperationCanceledException">The client left.</exception>
    public static ValueTask SendAsync(HttpContext context, ReadOnlyMemory<byte> content)
    {
        if (content.IsEmpty || context.Request.Method == HttpMethods.Head)
        {
            return ValueTask.CompletedTask;
        }

        if (content.Length > CopiedBytes)
        {
            return SendLargeAsync(context, content);
        }

        if (HttpProtocol.IsHttp2(context.Request.Protocol))
        {
            // Sent when the request ends, with the end of the stream in the same frame: a flush would make it two turns of the connection's writer.
            context.Response.BodyWriter.Write(content.Span);
            Sent(context.Features.Get<RequestRecord>(), default, content.Length, isAll: true);
            return ValueTask.CompletedTask;
        }

        var flush = context.Response.BodyWriter.WriteAsync(content);
        if (!flush.IsCompletedSuccessfully)
        {
            return WaitAsync(flush, context, content.Length);
        }

        Sent(context.Features.Get<RequestRecord>(), flush.Result, content.Length, isAll: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Sends a region of a file; nothing for HEAD.</summary>
    /// <remarks>Where the connection takes loans, by sendfile(2). It waits for the disk in the thread pool only.</remarks>
    /// <param name="file">Stays open and unchanged until the end; opened with <see cref="FileOptions.Asynchronous"/>, or it is not lent.</param>
    /// <param name="offset">Bytes from the start of the file.</param>
    /// <param name="count">Bytes.</param>
    /// <param name="isResident">Whether the system is known to have the region in memory: then nobody looks.</param>
    /// <exception cref="EndOfStreamException">The file has fewer bytes; the answer may have begun.</exception>
    /// <exception cref="OperationCanceledException">The client left.</exception>
    public static ValueTask SendFileAsync(HttpContext context, SafeFileHandle file, long offset, long count, bool isResident = false)
    {
        if (count == 0 || context.Request.Method == HttpMethods.Head)
        {
            return ValueTask.CompletedTask;
        }

        return count > CopiedBytes && file.IsAsync && LentBody.Of(context) is { } lending
            ? LendFileAsync(context, lending, file, offset, count, isResident)
            : CopyFileAsync(context, file, offset, count, isResident);
    }

    /// <summary>Sends all that a bucket's body holds, as it comes.</summary>
    /// <exception cref="BucketUnavailableException">The bucket broke off; the answer has begun, so the connection must be aborted.</exception>
    public static async Task CopyAsync(HttpContext context, Stream body)
    {
        var writer = context.Response.BodyWriter;
        var record = context.Features.Get<RequestRecord>();
        while (true)
        {
            var read = await body.ReadAsync(writer.GetMemory(SliceBytes), context.RequestAborted);
            if (read == 0)
            {
                return;
            }

            writer.Advance(read);
            Sent(record, await writer.FlushAsync(context.RequestAborted), read);
        }
    }

    /// <summary>Sends a bucket's body under a content coding; its length is not known before.</summary>
    /// <exception cref="BucketUnavailableException">As above.</exception>
    public static async Task EncodeAsync(HttpContext context, Stream body, ContentCoding coding)
    {
        var record = context.Features.Get<RequestRecord>();
        var encoded = new CountingStream(context.Response.BodyWriter.AsStream(leaveOpen: true), record);
        var encoder = Encoder(encoded, coding);
        var slice = ArrayPool<byte>.Shared.Rent(SliceBytes);
        try
        {
            int read;
            while ((read = await body.ReadAsync(slice, context.RequestAborted)) > 0)
            {
                // Coding a slice takes a millisecond and more.
                await EventThread.Leave();
                await encoder.WriteAsync(slice.AsMemory(0, read), context.RequestAborted);
            }
        }
        catch
        {
            // Ending the coding would make a broken body look whole. Whoever catches this answers if nothing was sent yet, else aborts.
            encoded.Discard();
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(slice);
            await encoder.DisposeAsync();
        }
    }

    /// <summary>Applies a content coding to content in memory.</summary>
    public static byte[] Encode(ReadOnlySpan<byte> content, ContentCoding coding)
    {
        using var encoded = new MemoryStream();
        using (var encoder = Encoder(encoded, coding))
        {
            encoder.Write(content);
        }

        return encoded.ToArray();
    }

    /// <summary>Applies a content coding to a cached body. Long work: not for threads of sockets.</summary>
    /// <exception cref="IOException">The body cannot be read.</exception>
    public static byte[] Encode(CachedBody body, ContentCoding coding)
    {
        var slice = ArrayPool<byte>.Shared.Rent(SliceBytes);
        try
        {
            using var encoded = new MemoryStream();
            using (var encoder = Encoder(encoded, coding))
            {
                for (long position = 0; position < body.Length;)
                {
                    var read = body.Read(position, slice);
                    position += read > 0 ? read : throw new IOException("A file of the cache is shorter than what it was kept as");
                    encoder.Write(slice, 0, read);
                }
            }

            return encoded.ToArray();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(slice);
        }
    }

    // Made while a client waits: the fast level of gzip, as nginx does, and the least of brotli that beats it.
    private static Stream Encoder(Stream encoded, ContentCoding coding) => coding == ContentCoding.Brotli
        ? new BrotliStream(encoded, CompressionLevel.Optimal, leaveOpen: true)
        : new GZipStream(encoded, CompressionLevel.Fastest, leaveOpen: true);

    // Of a length that can be lent at once, and with the socket taking it all, this ends without having waited, and without an allocation.
    private static ValueTask SendLargeAsync(HttpContext context, ReadOnlyMemory<byte> content)
    {
        if (LentBody.Of(context) is not { } lending)
        {
            return SendSlicesAsync(context, content);
        }

        var start = context.Response.HasStarted ? Task.CompletedTask : context.Response.StartAsync(CancellationToken.None);
        if (content.Length > LoanBytes || !start.IsCompletedSuccessfully || !LentBody.TryLend(context, lending, content))
        {
            return LendPartsAsync(context, lending, content, start);
        }

        var flush = lending.SendAsync();
        if (!flush.IsCompletedSuccessfully)
        {
            return WaitAsync(flush, context, content.Length);
        }

        Sent(context.Features.Get<RequestRecord>(), flush.Result, content.Length, isAll: true);
        return ValueTask.CompletedTask;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private static async ValueTask LendPartsAsync(HttpContext context, ILendingFeature lending, ReadOnlyMemory<byte> content, Task start)
    {
        await start;
        while (!content.IsEmpty)
        {
            var part = content[..Math.Min(content.Length, LoanBytes)];
            if (!LentBody.TryLend(context, lending, part))
            {
                await SendSlicesAsync(context, content);
                return;
            }

            Sent(context, await lending.SendAsync(), part.Length);
            content = content[part.Length..];
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private static async ValueTask SendSlicesAsync(HttpContext context, ReadOnlyMemory<byte> content)
    {
        while (!content.IsEmpty)
        {
            var slice = content[..Math.Min(content.Length, SliceBytes)];
            Sent(context, await context.Response.BodyWriter.WriteAsync(slice, context.RequestAborted), slice.Length);
            content = content[slice.Length..];
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private static async ValueTask LendFileAsync(
        HttpContext context, ILendingFeature lending, SafeFileHandle file, long offset, long count, bool isResident)
    {
        if (!context.Response.HasStarted)
        {
            await context.Response.StartAsync(context.RequestAborted);
        }

        while (count > 0)
        {
            var part = (int)Math.Min(count, LoanBytes);
            if (!isResident && !PageCache.Holds(file, offset, part))
            {
                await EventThread.Leave();
                PageCache.Load(file, offset, part);
            }

            if (!LentBody.TryLend(context, lending, file, offset, part))
            {
                await CopyFileAsync(context, file, offset, count, isResident);
                return;
            }

            Sent(context, await lending.SendAsync(), part);
            offset += part;
            count -= part;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private static async ValueTask CopyFileAsync(HttpContext context, SafeFileHandle file, long offset, long count, bool isResident)
    {
        var writer = context.Response.BodyWriter;
        while (count > 0)
        {
            var part = (int)Math.Min(count, SliceBytes);
            if (!isResident && !PageCache.Holds(file, offset, part))
            {
                await EventThread.Leave();
            }

            var read = RandomAccess.Read(file, writer.GetSpan(part)[..part], offset);
            if (read == 0)
            {
                throw new EndOfStreamException($"The file ends {count} bytes too soon");
            }

            writer.Advance(read);
            Sent(context, await writer.FlushAsync(context.RequestAborted), read);
            offset += read;
            count -= read;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private static async ValueTask WaitAsync(ValueTask<FlushResult> flush, HttpContext context, int bytes) =>
        Sent(context.Features.Get<RequestRecord>(), await flush, bytes, isAll: true);

    private static void Sent(HttpContext context, FlushResult flushed, int bytes) => Sent(context.Features.Get<RequestRecord>(), flushed, bytes);

    private static void Sent(RequestRecord? record, FlushResult flushed, int bytes, bool isAll = false)
    {
        if (flushed.IsCanceled || flushed.IsCompleted)
        {
            throw new ClientLeftException();
        }

        record?.NoteSent(bytes, isAll);
    }
}
