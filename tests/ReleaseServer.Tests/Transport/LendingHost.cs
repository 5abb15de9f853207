using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using ReleaseServer.Commands;
using ReleaseServer.Pipeline;
using ReleaseServer.Telemetry;
using ReleaseServer.Testing.Http;
using ReleaseServer.Transport;

namespace ReleaseServer.Tests.Transport;

/// <summary>Kestrel over the lending transport, or over its own, as the server sets both up, with one delegate as the application.</summary>
internal sealed class LendingHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly List<Socket> _sockets = [];
    private TaskCompletionSource<Exception?> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private LendingHost(WebApplication app, CountingPool pool) => (_app, Pool) = (app, pool);

    public CountingPool Pool { get; }

    public int Port { get; private set; }

    /// <summary>How the application ended the next time it does; <see langword="null"/> for well.</summary>
    public Task<Exception?> Outcome => _outcome.Task.WaitAsync(Token);

    /// <summary>The server's side of all connections so far.</summary>
    public IReadOnlyList<Socket> Sockets
    {
        get
        {
            lock (_sockets)
            {
                return [.. _sockets];
            }
        }
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<LendingHost> StartAsync(RequestDelegate application, bool lends = true, ReadingPace? pace = null, int maxConnections = 20_000)
    {
        var pool = new CountingPool();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>>(pool);
        if (lends)
        {
            builder.Services.AddSingleton(new LendingTransport(pool, new LendingSettings(pace ?? new ReadingPace(0, TimeSpan.Zero), Inline: true, TimeProvider.System)));
            builder.Services.AddSingleton<IConnectionListenerFactory>(static services => services.GetRequiredService<LendingTransport>());
        }

        LendingHost? host = null;
        var options = new ServerOptions
        {
            Urls = ["http://127.0.0.1:0"],
            AdminUrls = ["http://127.0.0.1:0"],
            MaxConnections = maxConnections,
            MinResponseBytesPerSecond = (int)(pace?.BytesPerSecond ?? 0),
        };
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.ConfigureEndpointDefaults(listener => listener.Use(next => connection => host!.RememberAsync(next, connection)));
            Listeners.Configure(kestrel, options, certificate: null, kestrel.ApplicationServices.GetService<LendingTransport>(), new ConnectionMetrics());
        });
        var app = builder.Build();
        host = new LendingHost(app, pool);
        app.Run(context => host.RunAsync(application, context));
        await app.StartAsync(Token);
        host.Port = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
        return host;
    }

    public Task<RawClient> ConnectAsync(int? receiveBuffer = null) => RawClient.ConnectAsync(IPAddress.Loopback, Port, Token, receiveBuffer);

    public async Task<RawClient> AskAsync(string request, int? receiveBuffer = null)
    {
        var client = await ConnectAsync(receiveBuffer);
        await client.SendAsync(request);
        return client;
    }

    /// <summary>As <see cref="LendingTransport.ProbeAsync"/>.</summary>
    public Task ProbeAsync(CancellationToken cancellationToken) => _app.Services.GetRequiredService<LendingTransport>().ProbeAsync(cancellationToken);

    public Task StopAsync() => _app.StopAsync(Token);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task RememberAsync(ConnectionDelegate next, ConnectionContext connection)
    {
        lock (_sockets)
        {
            _sockets.Add(connection.Features.Get<IConnectionSocketFeature>()!.Socket);
        }

        await next(connection);
    }

    private async Task RunAsync(RequestDelegate application, HttpContext context)
    {
        Exception? failure = null;
        try
        {
            await application(context);
        }
        catch (Exception exception)
        {
            failure = exception;
            context.Abort();
        }

        Interlocked.Exchange(ref _outcome, new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult(failure);
    }
}
