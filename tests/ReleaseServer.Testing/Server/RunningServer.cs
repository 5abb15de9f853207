using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using ReleaseServer.Buckets;
using ReleaseServer.Caching;
using ReleaseServer.Commands;
using ReleaseServer.Pipeline;
using ReleaseServer.Site;
using ReleaseServer.Telemetry;
using ReleaseServer.Testing.Http;
using ReleaseServer.Testing.Logging;

namespace ReleaseServer.Testing.Server;

/// <summary>The real host on ports of 127.0.0.1 that the system chose, over a bucket of the test's. Logs to <see cref="Log"/>.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly DirectoryInfo _state;

    private RunningServer(WebApplication app, DirectoryInfo state, LogEventRecorder log, ServerOptions options)
    {
        (_app, _state, Log) = (app, state, log);
        var addresses = app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;
        var ports = addresses.Select(address => new Uri(address.Replace("*", "localhost", StringComparison.Ordinal)).Port).ToList();
        PublicPort = ports[0];
        TlsPort = options.Urls.Length > 1 ? ports[1] : 0;
        H2cPort = options.H2cUrls.Length > 0 ? ports[^2] : 0;
        AdminPort = ports[^1];
    }

    public int PublicPort { get; }

    /// <summary>Of the second public address; 0 where there is none.</summary>
    public int TlsPort { get; }

    public int H2cPort { get; }

    public int AdminPort { get; }

    public LogEventRecorder Log { get; }

    /// <summary>What the server is made of.</summary>
    public IServiceProvider Services => _app.Services;

    /// <param name="data">Null for the embedded data of Node.js.</param>
    /// <param name="configure">Changes the options before the host is built.</param>
    /// <param name="loadSite">False to start as a node does whose bucket was away: without a snapshot.</param>
    /// <param name="replace">Puts services of the test's in the place of others.</param>
    public static async Task<RunningServer> StartAsync(
        IBucket bucket,
        CancellationToken cancellationToken,
        SiteData? data = null,
        Action<ServerSettings>? configure = null,
        bool loadSite = true,
        Action<IServiceCollection>? replace = null)
    {
        var state = Directory.CreateTempSubdirectory("release-server-state-");
        var settings = ServerSettingsOfTest.Create(state);
        (settings.Server.Urls, settings.Server.H2cUrls, settings.Server.AdminUrls) = (["http://127.0.0.1:0"], ["http://127.0.0.1:0"], ["http://127.0.0.1:0"]);
        configure?.Invoke(settings);

        var log = new LogEventRecorder();
        var app = ServerHost.Build(settings, data ?? SiteDataLoader.Load(directory: null), bucket, services =>
        {
            services.AddSingleton(_ => ServerLog.Create(settings.Log, queued => queued.Sink(log)));
            replace?.Invoke(services);
        });
        if (loadSite)
        {
            await app.Services.GetRequiredService<SiteLoader>().RefreshAsync(cancellationToken);
        }

        await app.StartAsync(cancellationToken);
        return new RunningServer(app, state, log, settings.Server);
    }

    /// <summary>Looks at the bucket's published site again, as the poll does.</summary>
    public Task RefreshSiteAsync(CancellationToken cancellationToken) =>
        _app.Services.GetRequiredService<SiteLoader>().RefreshAsync(cancellationToken);

    /// <summary>Makes this server forget all that it keeps.</summary>
    public void PurgeAll()
    {
        foreach (var cache in _app.Services.GetServices<IPurgeable>())
        {
            cache.Purge(new CachePurge([], All: true, IsHard: true), dryRun: false);
        }
    }

    /// <summary>A new connection to a port of this server.</summary>
    public static Task<RawClient> ConnectAsync(int port, CancellationToken cancellationToken, int? receiveBuffer = null) =>
        RawClient.ConnectAsync(IPAddress.Loopback, port, cancellationToken, receiveBuffer);

    /// <summary>
    /// Sends one request to the public address, reads the answer, and then proves the framing of both by a second exchange on the
    /// same connection, unless the server said that it closes.
    /// </summary>
    /// <param name="fields">Field lines beside <c>Host</c>, such as <c>Range: bytes=0-4</c>.</param>
    /// <exception cref="FramingException">Either exchange broke the rules of RFC 9112.</exception>
    public async Task<RawResponse> AskAsync(string method, string target, CancellationToken cancellationToken, params string[] fields)
    {
        await using var client = await ConnectAsync(PublicPort, cancellationToken);
        var lines = string.Concat(fields.Select(static field => field + "\r\n"));
        await client.SendAsync($"{method} {target} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n");
        var response = await client.ReadResponseAsync(method);
        await ProveReusableAsync(client, response);
        return response;
    }

    /// <summary>Proves that a connection is where it should be after an answer: closed if so announced, else good for another exchange.</summary>
    public static async Task ProveReusableAsync(RawClient client, RawResponse response)
    {
        if (response.AnnouncesClose)
        {
            if (!await client.IsClosedAsync())
            {
                throw new FramingException($"bytes follow the last response: {response}");
            }

            return;
        }

        await client.SendAsync("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n");
        if (await client.ReadResponseAsync("OPTIONS") is { Status: not 204 } other)
        {
            throw new FramingException($"the connection was not usable after {response}; it gave {other}");
        }
    }

    /// <summary>Ends it as a signal does: what waits to be sent is sent.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _app.StopAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _state.Delete(recursive: true);
    }
}
