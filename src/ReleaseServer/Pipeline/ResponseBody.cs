using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;
using Microsoft.Win32.SafeHandles;
using ReleaseServer.Buckets;
using ReleaseServer.Caching;
using ReleaseServer.Http;

namespace ReleaseServer.Pipeline;

/// <summary>Sends content in slices, each awaited: a slow client holds one slice in memory, not a file.</summary>
internal static class ResponseBody
{
    /// <summary>Bytes read and sent at a time. 64 KB measured cheapest; one big write costs five times as much and grows memory.</summary>
    private const int SliceBytes = 64 * 1024;

    /// <summary>Sends content that is in memory; what fits into one slice goes out together with the head.</summary>
    public static Task SendAsync(HttpContext context, ReadOnlyMemory<byte> content)
    {
        var record = context.Features.Get<RequestRecord>();
        if (content.Length > SliceBytes)
        {
            return SendSlicesAsync(context, content, record);
        }

        if (content.IsEmpty)
        {
            return Task.CompletedTask;
        }

        var write = context.Response.BodyWriter.WriteAsync(content, context.RequestAborted);
        if (!write.IsCompletedSuccessfully)
        {
            return EndAsync(write, content.Length, record);
        }

        Check(write.Result, record);
        Count(record, content.Length);
        return Task.CompletedTask;
    }

    /// <summary>Sends a part of a file; its reads are never a socket thread's work.</summary>
    /// <param name="context">Whose answer it is.</param>
    /// <param name="file">Open for reading until this ends.</param>
    /// <param name="offset">Of the first byte.</param>
    /// <param name="count">Bytes, all of them in the file.</param>
    /// <exception cref="IOException">The disk fails, or the file is shorter.</exception>
    public static async Task SendFileAsync(HttpContext context, SafeFileHandle file, long offset, long count)
    {
        var writer = context.Response.BodyWriter;
        var record = context.Features.Get<RequestRecord>();
        while (count > 0)
        {
            await PoolThread.EnterAsync();
            var slice = writer.GetMemory(SliceBytes);
            var read = RandomAccess.Read(file, slice.Span[..(int)Math.Min(count, slice.Length)], offset);
            if (read == 0)
            {
                throw new IOException("A file of the cache is shorter than what it was kept as");
            }

            writer.Advance(read);
            Check(await writer.FlushAsync(context.RequestAborted), record);
            Count(record, read);
            (offset, count) = (offset + read, count - read);
        }
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
            Check(await writer.FlushAsync(context.RequestAborted), record);
            Count(record, read);
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
                // The client's socket may have gone on with this on its own thread, and coding is long work.
                await PoolThread.EnterAsync();
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

    private static async Task SendSlicesAsync(HttpContext context, ReadOnlyMemory<byte> content, RequestRecord? record)
    {
        var writer = context.Response.BodyWriter;
        while (!content.IsEmpty)
        {
            var slice = content[..Math.Min(content.Length, SliceBytes)];
            Check(await writer.WriteAsync(slice, context.RequestAborted), record);
            Count(record, slice.Length);
            content = content[slice.Length..];
        }
    }

    private static async Task EndAsync(ValueTask<FlushResult> write, int bytes, RequestRecord? record)
    {
        Check(await write, record);
        Count(record, bytes);
    }

    // Made while a client waits: the fast level of gzip, as nginx does, and the least of brotli that beats it.
    private static Stream Encoder(Stream encoded, ContentCoding coding) => coding == ContentCoding.Brotli
        ? new BrotliStream(encoded, CompressionLevel.Optimal, leaveOpen: true)
        : new GZipStream(encoded, CompressionLevel.Fastest, leaveOpen: true);

    private static void Count(RequestRecord? record, int bytes)
    {
        if (record is not null)
        {
            record.Bytes += bytes;
        }
    }

    private static void Check(FlushResult flushed, RequestRecord? record)
    {
        if (flushed.IsCanceled || flushed.IsCompleted)
        {
            if (record is not null)
            {
                record.ClientLeft = true;
            }

            throw new OperationCanceledException("The client left");
        }
    }
}
