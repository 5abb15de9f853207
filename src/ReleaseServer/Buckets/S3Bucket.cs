using System.Net;
using System.Runtime.InteropServices;
using Amazon.S3;
using Amazon.S3.Model;
using ReleaseServer.Http;
using ByteRange = ReleaseServer.Http.ByteRange;

namespace ReleaseServer.Buckets;

/// <summary>A bucket of an S3-compatible service. One request a call; repeating is a decorator's work.</summary>
/// <remarks>
/// The credential needs the right to list the bucket: without it AWS answers 403 for a key that is absent, and a 403 is a failure here.
/// </remarks>
internal sealed class S3Bucket : IWritableBucket, IDisposable
{
    /// <summary>The store may read and write as much before it answers: at 5 MB/s, the largest object that is copied whole takes as long.</summary>
    private static readonly TimeSpan TransferTimeout = TimeSpan.FromMinutes(2);

    private readonly string _bucket;
    private readonly string _service;
    private readonly HttpClient _http;
    private readonly AmazonS3Client _client;
    private readonly S3Attempt _attempt;
    private readonly S3Listing _listing;
    private readonly S3Transfer _transfer;
    private readonly StallLimit _stallLimit;
    private readonly bool _tagIsMd5;

    /// <param name="options">Validated.</param>
    /// <param name="time">Measures the waits; null for the system's clock.</param>
    /// <param name="attemptTimeout">Longest wait for a response head; null for that of the options.</param>
    /// <param name="partSize">Bytes of a part of an upload; of a copy, eight times as many. An object of 64 times as many is copied whole.</param>
    /// <exception cref="ArgumentException">The options name no bucket.</exception>
    public S3Bucket(BucketOptions options, TimeProvider? time = null, TimeSpan? attemptTimeout = null, int partSize = 8 << 20)
    {
        time ??= TimeProvider.System;
        var timeout = attemptTimeout ?? options.AttemptTimeout;
        ArgumentException.ThrowIfNullOrEmpty(options.Name);
        _bucket = options.Name;
        var place = options.Endpoint is { } endpoint
            ? $"at {endpoint.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped).TrimEnd('/')}"
            : $"in {options.Region}";
        Description = $"s3 {_bucket} {place}";
        _http = S3ClientFactory.CreateHttpClient(options);
        _client = S3ClientFactory.Create(options, _http);
        _attempt = new S3Attempt(_client, timeout, time, Description, "for");
        _listing = new S3Listing(new S3Attempt(_client, timeout, time, Description, "listing"), _bucket);
        _transfer = new S3Transfer(new S3Attempt(_client, TransferTimeout, time, Description, "for"), _bucket, partSize, 8L * partSize, 64L * partSize);
        _service = options.Endpoint?.AbsoluteUri ?? options.Region;
        _stallLimit = new StallLimit(options.StallTimeout, time);
        _tagIsMd5 = options.EntityTagIsMd5;
    }

    public string Description { get; }

    // ListObjectsV2 gives the date of the upload; the source's is in the metadata.
    public bool ListsSourceDates => false;

    public async ValueTask<RepresentationMetadata?> HeadAsync(AssetKey key, CancellationToken cancellationToken)
    {
        var answer = await SendHeadAsync(key, cancellationToken);
        if (answer.Response is { } response)
        {
            return Read(key, () => S3ObjectMetadata.Read(response, _tagIsMd5));
        }

        // The answer to a HEAD has no body, and so does not say whether it is the key or the bucket that is missing. A GET does.
        return answer.Status == HttpStatusCode.NotFound
            ? await ConfirmAbsenceAsync(key, cancellationToken)
            : throw _attempt.Unavailable(key.Value, answer);
    }

    public async ValueTask<Representation?> OpenAsync(AssetKey key, ByteRange? range, EntityTag? expected, CancellationToken cancellationToken)
    {
        var answer = await SendGetAsync(key, range, expected, known: null, cancellationToken);
        if (answer.IsAbsent)
        {
            return null;
        }

        if (answer.Status == HttpStatusCode.PreconditionFailed && expected is not null)
        {
            throw new RepresentationChangedException(key);
        }

        return Open(key, range, expected, answer.Response ?? throw _attempt.Unavailable(key.Value, answer));
    }

    public async ValueTask<Revalidation> OpenChangedAsync(AssetKey key, EntityTag known, CancellationToken cancellationToken)
    {
        var answer = await SendGetAsync(key, range: null, expected: null, known, cancellationToken);
        if (answer.IsAbsent)
        {
            return new Revalidation(RevalidationOutcome.Absent);
        }

        // A 304 that nobody asked for, since the tag was not sent, says nothing.
        if (answer.Status == HttpStatusCode.NotModified && S3ObjectMetadata.IsKnownToStore(known))
        {
            return new Revalidation(RevalidationOutcome.Unchanged);
        }

        var opened = Open(key, range: null, expected: null, answer.Response ?? throw _attempt.Unavailable(key.Value, answer));
        if (opened.Metadata.EntityTag != known)
        {
            return new Revalidation(RevalidationOutcome.Changed, opened);
        }

        // Not every store judges If-None-Match, and some tags are not sent to it.
        await opened.DisposeAsync();
        return new Revalidation(RevalidationOutcome.Unchanged);
    }

    public ValueTask<bool> AnyAsync(string prefix, CancellationToken cancellationToken) => _listing.AnyAsync(prefix, cancellationToken);

    public IAsyncEnumerable<BucketEntry> ListAsync(string prefix, ListDepth depth, CancellationToken cancellationToken) =>
        _listing.ListAsync(prefix, depth, cancellationToken);

    public async ValueTask<EntityTag?> WriteAsync(
        AssetKey key,
        ReadOnlyMemory<byte> content,
        ObjectAttributes attributes,
        WriteCondition condition,
        CancellationToken cancellationToken)
    {
        var answer = await SendPutAsync(key, content, attributes, condition, condition.MustMatch?.ToString(), cancellationToken);
        if (answer.Status == HttpStatusCode.PreconditionFailed && condition.MustMatch is { } expected)
        {
            // Ceph 16 compares If-Match of a PUT (not of a GET) with the tag without its quotes. No store can match both forms of a wrong tag.
            answer = await SendPutAsync(key, content, attributes, condition, expected.Opaque.Trim('"'), cancellationToken);
        }

        if (answer.Response is { } response)
        {
            return S3ObjectMetadata.ReadTag(response.ETag)
                ?? (await HeadAsync(key, cancellationToken))?.EntityTag
                ?? throw _attempt.Unavailable(key.Value, "took an object and does not have it", BucketFault.Garbage);
        }

        // 412 is the rule; AWS says 409 to the loser of a race, and 404 where If-Match finds no object.
        var isRefused = condition != WriteCondition.None
            && (answer.IsAbsent || answer.Status is HttpStatusCode.PreconditionFailed or HttpStatusCode.Conflict);
        return isRefused ? null : throw _attempt.Unavailable(key.Value, answer);
    }

    public ValueTask UploadAsync(AssetKey key, Stream content, long length, ObjectAttributes attributes, CancellationToken cancellationToken) =>
        new(_transfer.UploadAsync(key, content, length, attributes, cancellationToken));

    public async ValueTask<bool> TryCopyAsync(
        IBucket source, AssetKey from, RepresentationMetadata version, AssetKey key, ObjectAttributes attributes, CancellationToken cancellationToken) =>
        source is S3Bucket other
        && other._service == _service
        && await _transfer.CopyAsync(other._bucket, from, version, key, attributes, cancellationToken);

    public async ValueTask DeleteAsync(AssetKey key, CancellationToken cancellationToken)
    {
        var answer = await _attempt.SendAsync(
            static (client, request, token) => client.DeleteObjectAsync(request, token),
            new DeleteObjectRequest { BucketName = _bucket, Key = key.Value },
            key.Value,
            cancellationToken);
        if (answer.Response is null && !answer.IsAbsent)
        {
            throw _attempt.Unavailable(key.Value, answer);
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _http.Dispose();
    }

    private Representation Open(AssetKey key, ByteRange? range, EntityTag? expected, GetObjectResponse response)
    {
        try
        {
            var metadata = Read(key, () => S3ObjectMetadata.Read(response, range, _tagIsMd5));
            // Not every store judges If-Match, and some tags are not sent to it.
            if (expected is { } tag && tag != metadata.EntityTag)
            {
                throw new RepresentationChangedException(key);
            }

            var length = range?.Length ?? metadata.Length;
            var body = new ExactLengthStream(response.ResponseStream, length, $"{key} of {Description}", response, _stallLimit);
            return new Representation(metadata, body);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private ValueTask<S3Answer<GetObjectMetadataResponse>> SendHeadAsync(AssetKey key, CancellationToken cancellationToken) =>
        _attempt.SendAsync(
            static (client, request, token) => client.GetObjectMetadataAsync(request, token),
            new GetObjectMetadataRequest { BucketName = _bucket, Key = key.Value, ChecksumMode = ChecksumMode.ENABLED },
            key.Value,
            cancellationToken);

    private ValueTask<S3Answer<GetObjectResponse>> SendGetAsync(
        AssetKey key,
        ByteRange? range,
        EntityTag? expected,
        EntityTag? known,
        CancellationToken cancellationToken) =>
        _attempt.SendAsync(
            static (client, request, token) => client.GetObjectAsync(request, token),
            new GetObjectRequest
            {
                BucketName = _bucket,
                Key = key.Value,
                // AWS tells its checksums to those who ask; S3WireHandler keeps the SDK from working them out a second time.
                ChecksumMode = ChecksumMode.ENABLED,
                ByteRange = range is { } bytes ? new Amazon.S3.Model.ByteRange(bytes.First, bytes.Last) : null,
                EtagToMatch = expected is { } tag && S3ObjectMetadata.IsKnownToStore(tag) ? tag.ToString() : null,
                EtagToNotMatch = known is { } old && S3ObjectMetadata.IsKnownToStore(old) ? old.ToString() : null,
            },
            key.Value,
            cancellationToken);

    private async ValueTask<S3Answer<PutObjectResponse>> SendPutAsync(
        AssetKey key,
        ReadOnlyMemory<byte> content,
        ObjectAttributes attributes,
        WriteCondition condition,
        string? ifMatch,
        CancellationToken cancellationToken)
    {
        using var body = MemoryMarshal.TryGetArray(content, out var bytes)
            ? new MemoryStream(bytes.Array!, bytes.Offset, bytes.Count, writable: false)
            : new MemoryStream(content.ToArray(), writable: false);
        var request = new PutObjectRequest
        {
            BucketName = _bucket,
            Key = key.Value,
            InputStream = body,
            AutoCloseStream = false,
            // Chunked signing is aws-chunked framing, which some stores keep as a part of the object.
            UseChunkEncoding = false,
            // Without one the SDK makes one of the key's extension, which is for the site to decide.
            ContentType = attributes.ContentType ?? S3ObjectMetadata.NoContentType,
            IfMatch = ifMatch,
            IfNoneMatch = condition.MustBeAbsent ? "*" : null,
        };
        S3ObjectMetadata.Write(request.Metadata, attributes);
        request.Headers.ContentEncoding = attributes.ContentEncoding;
        return await _attempt.SendAsync(
            static (client, request, token) => client.PutObjectAsync(request, token),
            request,
            key.Value,
            cancellationToken);
    }

    private async ValueTask<RepresentationMetadata?> ConfirmAbsenceAsync(AssetKey key, CancellationToken cancellationToken)
    {
        ByteRange? range = new ByteRange(0, 0);
        var answer = await SendGetAsync(key, range, expected: null, known: null, cancellationToken);
        if (answer.Status == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            // It appeared meanwhile, and is empty: no first byte.
            range = null;
            answer = await SendGetAsync(key, range, expected: null, known: null, cancellationToken);
        }

        if (answer.IsAbsent)
        {
            return null;
        }

        using var response = answer.Response ?? throw _attempt.Unavailable(key.Value, answer);
        return Read(key, () => S3ObjectMetadata.Read(response, range, _tagIsMd5));
    }

    private RepresentationMetadata Read(AssetKey key, Func<RepresentationMetadata> read)
    {
        try
        {
            return read();
        }
        catch (FormatException exception)
        {
            throw _attempt.Unavailable(key.Value, exception.Message, BucketFault.Garbage);
        }
    }
}
