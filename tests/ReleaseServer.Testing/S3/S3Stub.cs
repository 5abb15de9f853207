using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using ReleaseServer.Buckets;
using ReleaseServer.Testing.Http;

namespace ReleaseServer.Testing.S3;

/// <summary>An S3 store in this process, on a free loopback port. Checks signatures, records calls, and fails as told.</summary>
/// <remarks>Path style only. It passes the bucket contract that a real store passes, so that it cannot drift.</remarks>
internal sealed class S3Stub : IAsyncDisposable
{
    public const string AccessKey = "stub-access-key";
    public const string SecretKey = "stub-secret-key/with+odd=characters";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, SortedDictionary<string, StubObject>> _buckets = [];
    private readonly List<Func<StubCall, StubFault?>> _faults = [];
    private readonly ConcurrentQueue<StubCall> _calls = new();
    private readonly StubTransfers _uploads = new();
    private StubHost _host = null!;

    public Uri Endpoint => _host.Url;

    /// <summary>Multipart uploads that were begun and neither completed nor aborted.</summary>
    public int UploadsLeft => _uploads.Count;

    /// <summary>What was asked so far, oldest first.</summary>
    public IReadOnlyCollection<StubCall> Calls => _calls;

    /// <summary>Forgets what was asked, in long runs that would not fit.</summary>
    public void ForgetCalls() => _calls.Clear();

    public static async Task<S3Stub> StartAsync()
    {
        var stub = new S3Stub();

        // Stores send back whatever bytes they were given.
        stub._host = await StubHost.StartAsync(stub.AnswerAsync, static kestrel => kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1);
        return stub;
    }

    /// <summary>Makes a bucket where there is none, and gives the options to reach it.</summary>
    public BucketOptions AddBucket(string name)
    {
        lock (_lock)
        {
            _buckets.TryAdd(name, new SortedDictionary<string, StubObject>(StringComparer.Ordinal));
        }

        return new BucketOptions
        {
            Kind = BucketKind.S3,
            Endpoint = Endpoint,
            Name = name,
            AccessKey = AccessKey,
            SecretKey = SecretKey,
            EntityTagIsMd5 = false, // StubObject.EntityTag

            // Few tests are about time, and a busy machine has little of it.
            AttemptTimeout = TimeSpan.FromSeconds(30),
        };
    }

    public void Put(string bucket, string key, StubObject item)
    {
        lock (_lock)
        {
            _buckets[bucket][key] = item;
        }
    }

    /// <summary>Removes an object, as whoever withdraws it does.</summary>
    public void Remove(string bucket, string key)
    {
        lock (_lock)
        {
            _buckets[bucket].Remove(key);
        }
    }

    /// <summary>From now on, calls for which <paramref name="when"/> holds meet the fault. The newest that applies wins.</summary>
    public void Fail(Func<StubCall, bool> when, StubFault fault) => Fail(call => when(call) ? fault : null);

    /// <summary>From now on, calls meet the fault that is chosen for each of them; null for none. The newest that applies wins.</summary>
    /// <param name="choose">Called for one call at a time.</param>
    public void Fail(Func<StubCall, StubFault?> choose)
    {
        lock (_lock)
        {
            _faults.Insert(0, choose);
        }
    }

    /// <summary>All calls meet the fault.</summary>
    public void Fail(StubFault fault) => Fail(static _ => true, fault);

    public void Heal()
    {
        lock (_lock)
        {
            _faults.Clear();
        }
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var request = context.Request;
        using var content = new MemoryStream();
        await request.Body.CopyToAsync(content, context.RequestAborted);

        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // Not disposed: what waits on the same token could go on first, and would then take the signal away.
        _ = context.RequestAborted.Register(() => aborted.TrySetResult());
        var call = Describe(request, aborted.Task);
        _calls.Enqueue(call);
        StubFault? fault;
        lock (_lock)
        {
            fault = _faults.Select(choose => choose(call)).FirstOrDefault(static chosen => chosen is not null);
        }

        if (fault is { Latency: var latency } && latency > TimeSpan.Zero)
        {
            await Task.Delay(latency, TimeProvider.System, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (fault?.HoldUntil is { } signal)
        {
            fault.TellThatOneWaits();
            await signal.WaitAsync(context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (fault is { Refuse: true })
        {
            context.Abort();
            return;
        }

        if (fault is { Garble: true })
        {
            // Beneath Kestrel, which would send nothing of the kind; what it sends itself comes after.
            await context.Features.GetRequiredFeature<IConnectionTransportFeature>().Transport.Output.WriteAsync("\u0001\u0002 this is no HTTP\r\n\r\n"u8.ToArray());
            context.Response.Headers.Connection = "close";
            return;
        }

        var answer = new StubAnswer(context, fault);
        if (StubSignature.Fault(request, content.ToArray(), AccessKey, SecretKey) is { } refusal)
        {
            await answer.ErrorAsync(403, refusal);
        }
        else if (fault?.Status is not null || fault?.Body is not null)
        {
            await answer.FaultAsync();
        }
        else
        {
            await ServeAsync(call, content.ToArray(), answer, fault);
        }
    }

    private static StubCall Describe(HttpRequest request, Task aborted)
    {
        // Not request.Path, which leaves an escaped slash escaped.
        var target = request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0];
        var path = target.TrimStart('/').Split('/', 2);
        var key = path.Length > 1 ? Uri.UnescapeDataString(path[1]) : string.Empty;
        return new StubCall(
            request.Method,
            path[0],
            key,
            QueryHelpers.ParseQuery(request.QueryString.Value).ToDictionary(static pair => pair.Key, static pair => pair.Value.ToString()),
            request.Headers.ToDictionary(static field => field.Key, static field => field.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            aborted);
    }

    private Task ServeAsync(StubCall call, byte[] content, StubAnswer answer, StubFault? fault)
    {
        StubObject? found;
        lock (_lock)
        {
            if (!_buckets.TryGetValue(call.Bucket, out var bucket))
            {
                return answer.ErrorAsync(404, "NoSuchBucket");
            }

            if (call.IsListing)
            {
                return answer.TextAsync(200, StubListing.Page(call.Bucket, bucket, call.Query));
            }

            if (_uploads.Answer(call, content, bucket, _buckets, Stored) is { } transferred)
            {
                return answer.TextAsync(transferred.Status, transferred.Text, transferred.EntityTag);
            }

            found = bucket.GetValueOrDefault(call.Key);
            if (call.Method is "PUT" && fault is not { IgnoreConditions: true } && Refusal(call, found) is { } status)
            {
                return answer.ErrorAsync(status, status == 404 ? "NoSuchKey" : "PreconditionFailed");
            }

            if (call.Method is "PUT")
            {
                found = bucket[call.Key] = Stored(call, content);
            }
            else if (call.Method is "DELETE")
            {
                bucket.Remove(call.Key);
            }
        }

        if (call.Method is "PUT")
        {
            return answer.WrittenAsync(found!);
        }

        if (call.Method is "DELETE")
        {
            return answer.TextAsync(204, string.Empty);
        }

        if (found is null)
        {
            return answer.ErrorAsync(404, "NoSuchKey");
        }

        if (fault is { IgnoreConditions: true })
        {
            return answer.ObjectAsync(found);
        }

        if (Refusal(call, found) is { } refused)
        {
            return answer.ErrorAsync(refused, "PreconditionFailed");
        }

        return call.Fields.TryGetValue("If-None-Match", out var known) && known == found.EntityTag
            ? answer.NotModifiedAsync(found)
            : answer.ObjectAsync(found);
    }

    private static int? Refusal(StubCall call, StubObject? found)
    {
        if (call.Fields.TryGetValue("If-Match", out var match) && match != found?.EntityTag)
        {
            return found is null ? 404 : 412;
        }

        return call.Fields.TryGetValue("If-None-Match", out var none) && found is not null && none is "*" ? 412 : null;
    }

    private static StubObject Stored(StubCall call, byte[] content)
    {
        var kept = call.Fields.Where(static field => field.Key.StartsWith("x-amz-meta-", StringComparison.OrdinalIgnoreCase)
            || field.Key is "Content-Type" or "Content-Encoding");
        // The header has whole seconds, and the listing shows the same date.
        return StubObject.Of(content) with
        {
            LastModified = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()),
            Fields = kept.ToDictionary(static field => field.Key, static field => field.Value, StringComparer.OrdinalIgnoreCase),
        };
    }
}
