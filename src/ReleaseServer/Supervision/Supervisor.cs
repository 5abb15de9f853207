using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using ReleaseServer.Site;
using ReleaseServer.Transport;

namespace ReleaseServer.Supervision;

/// <summary>What the service manager (systemd, <c>Type=notify</c>) hears of this server: that it is ready, lives, stops. Without one, nothing happens.</summary>
internal sealed partial class Supervisor : IAsyncDisposable
{
    private readonly NotifySocket _manager;
    private readonly IServiceProvider _services;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly TimeSpan? _watchdogTime;
    private readonly CancellationTokenSource _ending = new();
    private ListenerLifeSign? _listener;
    private CancellationTokenRegistration _stopping;
    private Task _pings = Task.CompletedTask;

    private Supervisor(NotifySocket manager, IServiceProvider services, TimeSpan? watchdogTime)
    {
        (_manager, _services, _watchdogTime) = (manager, services, watchdogTime);
        _lifetime = services.GetRequiredService<IHostApplicationLifetime>();
    }

    private string Status => (_lifetime.ApplicationStopping.IsCancellationRequested, _services.GetRequiredService<CurrentSite>().Snapshot) switch
    {
        (true, _) => "Finishing what is under way",
        (_, { } site) => $"Serving generation {site.Generation.Generation}",
        _ => "Waiting for site data; requests for the bucket are answered 503 or by the origin",
    };

    /// <param name="services">Of the host.</param>
    /// <returns>Null where nobody supervises.</returns>
    [SuppressMessage("Reliability", "CA2000", Justification = "The supervisor disposes its socket")]
    public static Supervisor? Open(IReadOnlyDictionary<string, string> environment, IServiceProvider services)
    {
        if (environment.GetValueOrDefault("NOTIFY_SOCKET") is not { Length: > 0 } address)
        {
            return null;
        }

        try
        {
            return new Supervisor(new NotifySocket(address), services, WatchdogTime.Of(environment, Environment.ProcessId));
        }
        catch (ArgumentException exception)
        {
            LogNoSupervisor(LoggerOf(services), exception.Message);
            return null;
        }
    }

    /// <summary>Says that the server listens, and from now on that it lives. Called once.</summary>
    public void Start()
    {
        // Kestrel tells the public addresses first.
        var addresses = _services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;
        _listener = new ListenerLifeSign(addresses.First());
        if (_manager.Send($"READY=1\nSTATUS={Status}") is { } trouble)
        {
            LogNoSupervisor(LoggerOf(_services), trouble);
        }

        _stopping = _lifetime.ApplicationStopping.Register(() => _manager.Send($"STOPPING=1\nSTATUS={Status}"));
        if (_watchdogTime is { } time)
        {
            var watchdog = new Watchdog(
                _manager, time, SignsOfNow, () => Status, _services.GetRequiredService<TimeProvider>(), _services.GetRequiredService<ILogger<Watchdog>>());
            _pings = watchdog.RunAsync(_ending.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _pings;
        await _stopping.DisposeAsync();
        _listener?.Dispose();
        _manager.Dispose();
        _ending.Dispose();
    }

    // While the server stops, its addresses take nobody, and the threads of sockets may have ended.
    private IReadOnlyList<LifeSign> SignsOfNow()
    {
        if (_lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return [LifeSign.OfThreadPool];
        }

        var transport = _services.GetService<LendingTransport>();
        return transport is null
            ? [LifeSign.OfThreadPool, _listener!.Sign]
            : [LifeSign.OfThreadPool, new LifeSign("the threads of sockets", transport.ProbeAsync), _listener!.Sign];
    }

    private static ILogger LoggerOf(IServiceProvider services) => services.GetRequiredService<ILogger<Supervisor>>();

    [LoggerMessage(LogLevel.Warning, "The service manager cannot be told anything: {Reason}")]
    private static partial void LogNoSupervisor(ILogger logger, string reason);
}
