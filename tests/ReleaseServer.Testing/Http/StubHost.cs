using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ReleaseServer.Testing.Http;

/// <summary>Where a service that stands in for another runs: in this process, on a free loopback port.</summary>
internal sealed class StubHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private StubHost(WebApplication app) => _app = app;

    public Uri Url => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <param name="answer">Answers each request.</param>
    /// <param name="configure">What is to be other than usual; null for nothing.</param>
    public static async Task<StubHost> StartAsync(RequestDelegate answer, Action<KestrelServerOptions>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(configure ?? (static _ => { }));
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.Run(answer);
        await app.StartAsync();
        return new StubHost(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}

/// <summary>The calls that a stub got; lets tests wait for one, and keep one waiting. Safe for concurrent use.</summary>
internal sealed class StubCalls<TCall> : IDisposable
{
    private readonly ConcurrentQueue<TCall> _calls = new();
    private readonly SemaphoreSlim _arrived = new(0);

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<TCall> All => [.. _calls];

    /// <summary>Whether calls are kept waiting, until the test says so; null for no.</summary>
    public TaskCompletionSource? Hold { get; set; }

    /// <summary>Notes a call, and ends when it may be answered.</summary>
    public async Task ArriveAsync(TCall call, CancellationToken cancellationToken)
    {
        _calls.Enqueue(call);
        _arrived.Release();
        if (Hold is { } hold)
        {
            await hold.Task.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Ends once one more call has arrived.</summary>
    public async Task WaitForCallAsync(CancellationToken cancellationToken)
    {
        if (!await _arrived.WaitAsync(RawClient.Patience, cancellationToken))
        {
            throw new TimeoutException("no call has come");
        }
    }

    public void Dispose() => _arrived.Dispose();
}
