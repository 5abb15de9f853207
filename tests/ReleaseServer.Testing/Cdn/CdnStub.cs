using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ReleaseServer.Testing.Http;

namespace ReleaseServer.Testing.Cdn;

/// <summary>One call that a CDN got.</summary>
internal sealed record CdnStubCall(string Method, string Target, IReadOnlyDictionary<string, string> Fields, string Body);

/// <summary>The API of a CDN in this process, on a free loopback port. Records calls, and answers as told.</summary>
internal sealed class CdnStub : IAsyncDisposable
{
    public const string Success = """{"success":true}""";

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<CdnStubCall> _calls = new();
    private readonly ConcurrentQueue<(int Status, string Body, string? RetryAfter)> _answers = new();
    private readonly SemaphoreSlim _arrived = new(0);

    private CdnStub(WebApplication app) => _app = app;

    public Uri Url => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>What was asked so far, oldest first.</summary>
    public IReadOnlyList<CdnStubCall> Calls => [.. _calls];

    /// <summary>Whether calls are kept waiting, until the test says so; null for no.</summary>
    public TaskCompletionSource? Hold { get; set; }

    public static async Task<CdnStub> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var stub = new CdnStub(app);
        app.Run(stub.AnswerAsync);
        await app.StartAsync();
        return stub;
    }

    /// <summary>Says how one more call is answered; those beyond are answered 200.</summary>
    public CdnStub ThenAnswer(int status, string body = "", string? retryAfter = null)
    {
        _answers.Enqueue((status, body, retryAfter));
        return this;
    }

    /// <summary>Ends once one more call has arrived.</summary>
    public async Task WaitForCallAsync(CancellationToken cancellationToken)
    {
        if (!await _arrived.WaitAsync(RawClient.Patience, cancellationToken))
        {
            throw new TimeoutException("no call has come");
        }
    }

    public async ValueTask DisposeAsync()
    {
        Hold?.TrySetResult();
        await _app.DisposeAsync();
        _arrived.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        _calls.Enqueue(new CdnStubCall(
            context.Request.Method,
            context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
            context.Request.Headers.ToDictionary(field => field.Key, field => field.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            body));
        _arrived.Release();
        if (Hold is { } hold)
        {
            await hold.Task.WaitAsync(context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        var (status, text, retryAfter) = _answers.TryDequeue(out var answer) ? answer : (200, Success, null);
        context.Response.StatusCode = status;
        if (retryAfter is not null)
        {
            context.Response.Headers.RetryAfter = retryAfter.ToString(CultureInfo.InvariantCulture);
        }

        await context.Response.WriteAsync(text);
    }
}
