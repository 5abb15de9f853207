using System.Buffers;
using System.Net;
using Amazon.S3;
using Amazon.S3.Model;

namespace ReleaseServer.Buckets;

/// <summary>Brings objects of any size into a bucket of an S3-compatible service: from a stream, or from another bucket of the same service.</summary>
/// <remarks>
/// What is larger than one part goes as a multipart upload, which readers see as a whole once it is complete; one that breaks off is aborted.
/// A process that is killed leaves its parts behind: a lifecycle rule of the store (AbortIncompleteMultipartUpload) clears them away.
/// </remarks>
/// <param name="attempt">With patience: the store reads and writes whole parts before it answers.</param>
/// <param name="bucket">To write to.</param>
/// <param name="partSize">Bytes of a part of an upload; S3 takes 5 MiB to 5 GiB.</param>
/// <param name="copyPartSize">Bytes of a part of a copy.</param>
/// <param name="wholeCopySize">
/// Bytes of the largest object that is copied in one request; S3 takes 5 GiB. A store may give such a copy the bytes of its source to share
/// (Ceph does), and must read and write those of a part.
/// </param>
internal sealed class S3Transfer(S3Attempt attempt, string bucket, long partSize, long copyPartSize, long wholeCopySize)
{
    /// <summary>S3 takes this many parts of one object.</summary>
    private const int MostParts = 10_000;

    /// <summary>Parts of one object on their way at once. An upload holds as many in memory; a copy none.</summary>
    private const int PartsAtOnce = 3;

    /// <summary>Writes an object from a stream.</summary>
    /// <param name="length">Bytes in <paramref name="content"/>; more or fewer are an error, and nothing is written then.</param>
    public async Task UploadAsync(AssetKey key, Stream content, long length, ObjectAttributes attributes, CancellationToken cancellationToken)
    {
        if (length > partSize)
        {
            await InPartsAsync(key, attributes, length, partSize, (part, stop) => BeginUploadAsync(part, content, stop), cancellationToken);
            return;
        }

        var bytes = ArrayPool<byte>.Shared.Rent((int)length + 1);
        try
        {
            await ReadAsync(content, bytes, (int)length, isLast: true, key, cancellationToken);
            using var body = new MemoryStream(bytes, 0, (int)length, writable: false);
            var request = new PutObjectRequest
            {
                BucketName = bucket,
                Key = key.Value,
                InputStream = body,
                AutoCloseStream = false,
                UseChunkEncoding = false,
                ContentType = TypeOf(attributes),
            };
            S3ObjectMetadata.Write(request.Metadata, attributes);
            request.Headers.ContentEncoding = attributes.ContentEncoding;
            await RequireAsync(static (client, request, token) => client.PutObjectAsync(request, token), request, key, cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>Copies an object of a bucket of the same service.</summary>
    /// <returns>False where the credential may not read there.</returns>
    /// <exception cref="RepresentationChangedException">The source is another version, as far as the store looks, or gone.</exception>
    public async Task<bool> CopyAsync(
        string sourceBucket, AssetKey from, RepresentationMetadata version, AssetKey key, ObjectAttributes attributes, CancellationToken cancellationToken)
    {
        var tag = S3ObjectMetadata.IsKnownToStore(version.EntityTag) ? version.EntityTag.ToString() : null;
        try
        {
            if (version.Length > wholeCopySize)
            {
                await InPartsAsync(
                    key, attributes, version.Length, copyPartSize, (part, stop) => Task.FromResult(CopyPartAsync(part, sourceBucket, from, tag, stop)), cancellationToken);
                return true;
            }

            var request = new CopyObjectRequest
            {
                SourceBucket = sourceBucket,
                SourceKey = from.Value,
                DestinationBucket = bucket,
                DestinationKey = key.Value,
                ETagToMatch = tag,
                MetadataDirective = S3MetadataDirective.REPLACE,
                ContentType = TypeOf(attributes),
            };
            S3ObjectMetadata.Write(request.Metadata, attributes);
            request.Headers.ContentEncoding = attributes.ContentEncoding;
            var answer = await attempt.SendAsync(
                static (client, request, token) => client.CopyObjectAsync(request, token), request, key.Value, cancellationToken);
            RequireCopied(answer, from, key);
            return true;
        }
        catch (BucketUnavailableException exception) when (exception.Fault == BucketFault.Refused)
        {
            // May be the right to read there, and may be something else that carrying the bytes will then say.
            return false;
        }
    }

    /// <param name="begin">Begins to send a part; its own task ends once the next part may be begun, the task within once this part is there.</param>
    private async Task InPartsAsync(
        AssetKey key,
        ObjectAttributes attributes,
        long length,
        long size,
        Func<Part, CancellationToken, Task<Task<PartETag>>> begin,
        CancellationToken cancellationToken)
    {
        var initiate = new InitiateMultipartUploadRequest { BucketName = bucket, Key = key.Value, ContentType = TypeOf(attributes) };
        S3ObjectMetadata.Write(initiate.Metadata, attributes);
        initiate.Headers.ContentEncoding = attributes.ContentEncoding;
        var upload = await RequireAsync(
            static (client, request, token) => client.InitiateMultipartUploadAsync(request, token), initiate, key, cancellationToken);
        try
        {
            size = Math.Max(size, (length + MostParts - 1) / MostParts);
            var parts = Enumerable.Range(0, (int)((length + size - 1) / size))
                .Select(i => new Part(key, upload.UploadId, i + 1, i * size, Math.Min(size, length - (i * size)), (i + 1) * size >= length));
            var complete = new CompleteMultipartUploadRequest
            {
                BucketName = bucket,
                Key = key.Value,
                UploadId = upload.UploadId,
                PartETags = [.. await SendPartsAsync(parts, begin, cancellationToken)],
            };
            await RequireAsync(static (client, request, token) => client.CompleteMultipartUploadAsync(request, token), complete, key, cancellationToken);
        }
        catch
        {
            await AbortAsync(key, upload.UploadId);
            throw;
        }
    }

    private static async Task<PartETag[]> SendPartsAsync(
        IEnumerable<Part> parts, Func<Part, CancellationToken, Task<Task<PartETag>>> begin, CancellationToken cancellationToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var sent = new List<Task<PartETag>>();
        try
        {
            var onTheWay = new List<Task<PartETag>>();
            foreach (var part in parts)
            {
                onTheWay.Add(await begin(part, stopping.Token));
                sent.Add(onTheWay[^1]);
                if (onTheWay.Count == PartsAtOnce)
                {
                    var done = await Task.WhenAny(onTheWay);
                    onTheWay.Remove(done);
                    await done;
                }
            }

            return await Task.WhenAll(sent);
        }
        catch
        {
            // No part may be on its way any more when the upload is aborted.
            await stopping.CancelAsync();
            await ((Task)Task.WhenAll(sent)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    private async Task<Task<PartETag>> BeginUploadAsync(Part part, Stream content, CancellationToken cancellationToken)
    {
        var bytes = ArrayPool<byte>.Shared.Rent((int)part.Length + 1);
        try
        {
            await ReadAsync(content, bytes, (int)part.Length, part.IsLast, part.Key, cancellationToken);
            return UploadAsync(part, bytes, cancellationToken);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(bytes);
            throw;
        }
    }

    private async Task<PartETag> UploadAsync(Part part, byte[] bytes, CancellationToken cancellationToken)
    {
        try
        {
            using var body = new MemoryStream(bytes, 0, (int)part.Length, writable: false);
            var request = new UploadPartRequest
            {
                BucketName = bucket,
                Key = part.Key.Value,
                UploadId = part.UploadId,
                PartNumber = part.Number,
                PartSize = part.Length,
                InputStream = body,
                UseChunkEncoding = false,
            };
            var answer = await RequireAsync(static (client, request, token) => client.UploadPartAsync(request, token), request, part.Key, cancellationToken);
            return new PartETag(part.Number, answer.ETag);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private async Task<PartETag> CopyPartAsync(Part part, string sourceBucket, AssetKey from, string? tag, CancellationToken cancellationToken)
    {
        var request = new CopyPartRequest
        {
            SourceBucket = sourceBucket,
            SourceKey = from.Value,
            DestinationBucket = bucket,
            DestinationKey = part.Key.Value,
            UploadId = part.UploadId,
            PartNumber = part.Number,
            FirstByte = part.Start,
            LastByte = part.Start + part.Length - 1,
            ETagToMatch = tag is null ? [] : [tag],
        };
        var answer = await attempt.SendAsync(
            static (client, request, token) => client.CopyPartAsync(request, token), request, part.Key.Value, cancellationToken);
        return new PartETag(part.Number, RequireCopied(answer, from, part.Key).ETag);
    }

    // A leftover costs room and nothing else, so what made the upload fail is told rather than this.
    private async Task AbortAsync(AssetKey key, string uploadId)
    {
        try
        {
            await attempt.SendAsync(
                static (client, request, token) => client.AbortMultipartUploadAsync(request, token),
                new AbortMultipartUploadRequest { BucketName = bucket, Key = key.Value, UploadId = uploadId },
                key.Value,
                CancellationToken.None);
        }
        catch (BucketUnavailableException)
        {
        }
    }

    /// <param name="bytes">Has room for one byte more, which shows a stream that does not end where it should.</param>
    private async Task ReadAsync(Stream content, byte[] bytes, int length, bool isLast, AssetKey key, CancellationToken cancellationToken)
    {
        var read = await content.ReadAtLeastAsync(bytes.AsMemory(0, isLast ? length + 1 : length), isLast ? length + 1 : length, throwOnEndOfStream: false, cancellationToken);
        if (read != length)
        {
            throw attempt.Unavailable(key.Value, "was not given as many bytes as were announced", BucketFault.Garbage);
        }
    }

    private async ValueTask<TResponse> RequireAsync<TRequest, TResponse>(
        Func<AmazonS3Client, TRequest, CancellationToken, Task<TResponse>> operation, TRequest request, AssetKey key, CancellationToken cancellationToken)
        where TResponse : class
    {
        var answer = await attempt.SendAsync(operation, request, key.Value, cancellationToken);
        return answer.Response ?? throw attempt.Unavailable(key.Value, answer);
    }

    private TResponse RequireCopied<TResponse>(in S3Answer<TResponse> answer, AssetKey from, AssetKey key)
        where TResponse : class
    {
        if (answer.IsAbsent || answer.Status == HttpStatusCode.PreconditionFailed)
        {
            throw new RepresentationChangedException(from);
        }

        return answer.Response ?? throw attempt.Unavailable(key.Value, answer);
    }

    // Without one the SDK makes one of the key's extension, which is for the site to decide.
    private static string TypeOf(ObjectAttributes attributes) => attributes.ContentType ?? S3ObjectMetadata.NoContentType;

    private readonly record struct Part(AssetKey Key, string UploadId, int Number, long Start, long Length, bool IsLast);
}
