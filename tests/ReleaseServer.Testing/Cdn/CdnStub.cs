using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using ReleaseServer.Testing.Http;

namespace ReleaseServer.Testing.Cdn;

/// <summary>One call that a CDN got.</summary>
internal sealed record CdnStubCall(string Method, string Target, IReadOnlyDictionary<string, string> Fields, string Body);

/// <summary>The API of a CDN in this process, on a free loopback port. Records calls, and answers as told.</summary>
internal sealed class CdnStub : IAsyncDisposable
{
    public const string Success = """{"success":true}""";

    private readonly StubCalls<CdnStubCall> _calls = new();
    private readonly ConcurrentQueue<(int Status, string Body, string? RetryAfter)> _answers = new();
    private StubHost _host = null!;

    public Uri Url => _host.Url;

    /// <summary>What was asked so far, oldest first.</summary>
    public IReadOnlyList<CdnStubCall> Calls => _calls.All;

    /// <inheritdoc cref="StubCalls{TCall}.Hold"/>
    public TaskCompletionSource? Hold
    {
        get => _calls.Hold;
        set => _calls.Hold = value;
    }

    public static async Task<CdnStub> StartAsync()
    {
        var stub = new CdnStub();
        stub._host = await StubHost.StartAsync(stub.AnswerAsync);
        return stub;
    }

    /// <summary>Says how one more call is answered; those beyond are answered 200.</summary>
    public CdnStub ThenAnswer(int status, string body = "", string? retryAfter = null)
    {
        _answers.Enqueue((status, body, retryAfter));
        return this;
    }

    /// <inheritdoc cref="StubCalls{TCall}.WaitForCallAsync"/>
    public Task WaitForCallAsync(CancellationToken cancellationToken) => _calls.WaitForCallAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        Hold?.TrySetResult();
        await _host.DisposeAsync();
        _calls.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        var call = new CdnStubCall(
            context.Request.Method,
            context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
            context.Request.Headers.ToDictionary(field => field.Key, field => field.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            body);
        await _calls.ArriveAsync(call, context.RequestAborted);
        var (status, text, retryAfter) = _answers.TryDequeue(out var answer) ? answer : (200, Success, null);
        context.Response.StatusCode = status;
        if (retryAfter is not null)
        {
            context.Response.Headers.RetryAfter = retryAfter.ToString(CultureInfo.InvariantCulture);
        }

        await context.Response.WriteAsync(text);
    }
}
