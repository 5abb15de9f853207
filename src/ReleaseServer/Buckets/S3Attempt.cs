using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;
using Amazon.S3;
using ReleaseServer.Alerting;

namespace ReleaseServer.Buckets;

/// <summary>What the store answered: a response, or one of the refusals that have a meaning (304, 404, 409, 412, 416).</summary>
/// <param name="Response">Null for a refusal.</param>
/// <param name="Status">Of a refusal.</param>
/// <param name="Code">The store's word for a refusal, such as <c>NoSuchKey</c>; empty where it gave none.</param>
internal readonly record struct S3Answer<T>(T? Response, HttpStatusCode Status, string Code)
    where T : class
{
    /// <summary>The key is not there, and the bucket is. A 404 that does not say so is a failure: it may be about the bucket, or no S3 at all.</summary>
    public bool IsAbsent => Status == HttpStatusCode.NotFound && Code == "NoSuchKey";
}

/// <summary>Makes one request, within the time it has, and turns every failure into <see cref="BucketUnavailableException"/>.</summary>
/// <param name="purpose">Word before the subject in messages: <c>for</c> (a key), <c>listing</c> (a prefix).</param>
internal sealed class S3Attempt(AmazonS3Client client, TimeSpan timeout, TimeProvider time, string bucket, string purpose)
{
    /// <param name="operation">The SDK's call.</param>
    /// <param name="request">What to send.</param>
    /// <param name="subject">Key or prefix, for messages.</param>
    /// <param name="cancellationToken">The caller's; ends the wait as cancellation, not as a failure.</param>
    public async ValueTask<S3Answer<TResponse>> SendAsync<TRequest, TResponse>(
        Func<AmazonS3Client, TRequest, CancellationToken, Task<TResponse>> operation,
        TRequest request,
        string subject,
        CancellationToken cancellationToken)
        where TResponse : class
    {
        cancellationToken.ThrowIfCancellationRequested();
        // Ends with the response head: it is disposed before a body is read.
        using var timeUp = new CancellationTokenSource(timeout, time);
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeUp.Token);
        try
        {
            var response = await operation(client, request, attempt.Token);

            // What no request does, as the polls, is only noted where it fails.
            if (Breadcrumbs.Current is not null)
            {
                Breadcrumbs.Add("bucket", $"{bucket} answered ({$"{purpose} {subject}".TrimEnd()})");
            }

            return new S3Answer<TResponse>(response, default, string.Empty);
        }
        // All of them: the SDK lets through whatever its parsers threw (seen: FormatException, XmlException, ArgumentException).
        catch (Exception exception)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                throw new OperationCanceledException(exception.Message, exception, cancellationToken);
            }

            if (exception is AmazonServiceException { StatusCode: not 0 } refusal)
            {
                return Refused<TResponse>(refusal, subject);
            }

            throw attempt.IsCancellationRequested
                ? Unavailable(subject, $"gave no answer in {timeout.TotalSeconds} s", BucketFault.Timeout, exception)
                : Unavailable(subject, ReasonOf(exception), FaultOf(exception), exception);
        }
    }

    public BucketUnavailableException Unavailable(
        string subject, string reason, BucketFault fault, Exception? inner = null, TimeSpan? retryAfter = null)
    {
        var exception = new BucketUnavailableException($"{bucket} {reason} ({$"{purpose} {subject}".TrimEnd()})", inner) { Fault = fault, RetryAfter = retryAfter };
        Breadcrumbs.Add(BreadcrumbLevel.Error, "bucket", exception.Message);
        return exception;
    }

    public BucketUnavailableException Unavailable<T>(string subject, in S3Answer<T> answer, TimeSpan? retryAfter = null)
        where T : class => Unavailable(
            subject,
            $"answered {(int)answer.Status} {answer.Code}".TrimEnd() + AdviceOn(answer.Code),
            FaultOf(answer.Status, answer.Code),
            retryAfter: retryAfter);

    // A timeout of the store's own comes as 400 from AWS. A 404 that is about no key and no bucket is some proxy's page, and so is what no store
    // answers without its code; an answer to HEAD has none.
    private static BucketFault FaultOf(HttpStatusCode status, string code) => ((int)status, code) switch
    {
        (_, "SlowDown") or (429, _) => BucketFault.SlowDown,
        (408, _) or (_, "RequestTimeout") => BucketFault.Timeout,
        (416, _) => BucketFault.NoSuchBytes,
        (404, not "NoSuchBucket") or (304, _) => BucketFault.Garbage,
        ( >= 500, _) => BucketFault.ServerError,
        ( > 403, "") => BucketFault.Garbage,
        _ => BucketFault.Refused,
    };

    private static BucketFault FaultOf(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case HttpRequestException
                {
                    HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError
                        or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError
                }:
                    return BucketFault.Connect;
                case HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse }:
                    return BucketFault.Garbage;
                case HttpRequestException or IOException or SocketException:
                    return BucketFault.Reset;
                default:
                    break;
            }
        }

        return BucketFault.Garbage;
    }

    // RFC 9110 §10.2.3: seconds, or a date, which no store was seen to send. The SDK keeps the head of the answer beneath its exception.
    private static TimeSpan? RetryAfterOf(Exception refusal)
    {
        for (var cause = refusal.InnerException; cause is not null; cause = cause.InnerException)
        {
            if (cause is Amazon.Runtime.Internal.HttpErrorResponseException { Response: { } head } && head.IsHeaderPresent("Retry-After"))
            {
                return int.TryParse(head.GetHeaderValue("Retry-After"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
                    ? TimeSpan.FromSeconds(seconds)
                    : null;
            }
        }

        return null;
    }

    // What the operator can set right, by the words that AWS and those who follow it have for it.
    private static string AdviceOn(string code) => code switch
    {
        "NoSuchBucket" => ": there is no such bucket, or not by this form of address: see Bucket:Name and Bucket:PathStyle",
        "SignatureDoesNotMatch" => ": Bucket:SecretKey does not belong to Bucket:AccessKey",
        "InvalidAccessKeyId" => ": Bucket:AccessKey is not known there",
        _ => string.Empty,
    };

    // Of a TLS failure the runtime says no more than to see the inner exception.
    private static string ReasonOf(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError })
            {
                return $"gives no TLS connection: {cause.GetBaseException().Message}";
            }
        }

        return $"failed: {exception.Message}";
    }

    // The SDK's exception is not passed on: its message repeats the body of the answer, which may repeat the request with its key.
    private S3Answer<TResponse> Refused<TResponse>(AmazonServiceException refusal, string subject)
        where TResponse : class
    {
        // Without a body the SDK makes a code of the status; only letters, since it goes into messages.
        var code = refusal.ErrorCode is { Length: < 64 } given && given != refusal.StatusCode.ToString() && given.All(char.IsAsciiLetterOrDigit)
            ? given
            : string.Empty;
        var answer = new S3Answer<TResponse>(null, refusal.StatusCode, code);
        var isMeaningful = refusal.StatusCode is HttpStatusCode.NotModified or HttpStatusCode.NotFound or HttpStatusCode.Conflict
            or HttpStatusCode.PreconditionFailed or HttpStatusCode.RequestedRangeNotSatisfiable;
        return isMeaningful ? answer : throw Unavailable(subject, answer, RetryAfterOf(refusal));
    }
}
