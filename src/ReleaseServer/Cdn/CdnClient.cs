using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Polly;
using Polly.Retry;
using ReleaseServer.Transport;

namespace ReleaseServer.Cdn;

/// <summary>Tells a CDN of purges, and tries again where that may help. Safe for concurrent use.</summary>
internal sealed class CdnClient : IDisposable
{
    private const int MaxRetries = 4;

    /// <summary>A CDN that asks for more patience than this has given up on us.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    private readonly CdnOptions _options;
    private readonly TimeProvider _clock;
    private readonly ResiliencePipeline<HttpResponseMessage> _retries;

    // Redirects are not followed: nobody else gets the token.
    private readonly HttpClient _http = new(new OutboundHandler(static connections => connections.UseProxy = true))
    {
        Timeout = TimeSpan.FromSeconds(10),
        MaxResponseContentBufferSize = 1 << 20,
    };

    public CdnClient(CdnOptions options, TimeProvider clock)
    {
        _options = options;
        _clock = clock;
        _retries = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = clock }
            .AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                MaxRetryAttempts = MaxRetries,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromMilliseconds(500),
                MaxDelay = TimeSpan.FromSeconds(20),
                ShouldHandle = arguments => ValueTask.FromResult(
                    !arguments.Context.CancellationToken.IsCancellationRequested && IsWorthATry(arguments.Outcome)),
                DelayGenerator = arguments => ValueTask.FromResult(arguments.Outcome.Result is { } response ? RetryAfter(response) : null),
            })
            .Build();
    }

    /// <summary>Sends all that a purge takes, one request after the other, and ends at the first that fails for good.</summary>
    /// <param name="cancellationToken">Ends it at once, and throws.</param>
    public async Task<CdnResult> SendAsync(CdnPurge purge, CancellationToken cancellationToken)
    {
        if (purge.Obstacle is { } obstacle)
        {
            return new CdnResult(0, obstacle);
        }

        var calls = CdnCalls.Of(purge, _options);
        for (var done = 0; done < calls.Count; done++)
        {
            if (await SendAsync(calls[done], cancellationToken) is { } trouble)
            {
                return new CdnResult(done, calls.Count == 1 ? trouble : $"{trouble}; {done} of {calls.Count} calls had succeeded");
            }
        }

        return new CdnResult(calls.Count, null);
    }

    public void Dispose() => _http.Dispose();

    private async Task<string?> SendAsync(CdnCall call, CancellationToken cancellationToken)
    {
        var host = call.Url.Authority;
        try
        {
            using var response = await _retries.ExecuteAsync(
                static async (state, token) =>
                {
                    using var message = state.Call.ToMessage();
                    return await state.Http.SendAsync(message, token);
                },
                (Http: _http, Call: call),
                cancellationToken);
            if (!response.IsSuccessStatusCode)
            {
                return $"{host} answered {(int)response.StatusCode}";
            }

            var saysSuccess = !call.MustSaySuccess || SaysSuccess(await response.Content.ReadAsByteArrayAsync(cancellationToken));
            return saysSuccess ? null : $"{host} answered {(int)response.StatusCode}, but not that it succeeded";
        }
        catch (Exception exception) when (IsOfTheNetwork(exception) && !cancellationToken.IsCancellationRequested)
        {
            return $"{host} does not answer: {(exception is HttpRequestException ? exception.Message : "timed out")}";
        }
    }

    private static bool SaysSuccess(byte[] json)
    {
        try
        {
            using var answer = JsonDocument.Parse(json);
            return answer.RootElement.ValueKind == JsonValueKind.Object
                && answer.RootElement.TryGetProperty("success", out var success)
                && success.ValueKind == JsonValueKind.True;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private bool IsWorthATry(Outcome<HttpResponseMessage> outcome) => outcome.Result is { } response
        ? response.StatusCode is HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError && (RetryAfter(response) ?? TimeSpan.Zero) <= LongestWait
        : outcome.Exception is { } exception && IsOfTheNetwork(exception);

    // The client's own timeout comes as a cancellation that nobody asked for.
    private static bool IsOfTheNetwork(Exception exception) => exception is HttpRequestException or TaskCanceledException { InnerException: TimeoutException };

    private TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } when date > _clock.GetUtcNow() => date - _clock.GetUtcNow(),
        RetryConditionHeaderValue { Date: not null } => TimeSpan.Zero,
        _ => null,
    };
}
