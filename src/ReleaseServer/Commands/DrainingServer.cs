using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;

namespace ReleaseServer.Commands;

/// <summary>Gives answers under way a time of their own to end, so that slow clients take none from what else has to stop.</summary>
/// <remarks>Kestrel does the rest: it listens no longer, closes idle connections, announces the close on the others, and resets those left.</remarks>
internal sealed class DrainingServer(IServer inner, TimeSpan drainTime, TimeProvider clock) : IServer
{
    public IFeatureCollection Features => inner.Features;

    public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull => inner.StartAsync(application, cancellationToken);

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        using var drained = new CancellationTokenSource(drainTime, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(drained.Token, cancellationToken);
        await inner.StopAsync(either.Token);
    }

    public void Dispose() => inner.Dispose();
}

internal static class DrainingExtensions
{
    /// <summary>Time for everything but connections to stop: alerts and purges that still wait to be sent.</summary>
    private static readonly TimeSpan TimeOfTheRest = TimeSpan.FromSeconds(15);

    /// <summary>Has the server that is registered drain for no longer than this.</summary>
    /// <param name="stopDelay">Time before that, in which it goes on as ever.</param>
    [SuppressMessage("Reliability", "CA2000", Justification = "The container disposes it")]
    public static void AddDraining(this IServiceCollection services, TimeSpan drainTime, TimeSpan stopDelay)
    {
        var kestrel = services.Last(static service => service.ServiceType == typeof(IServer)).ImplementationType
            ?? throw new InvalidOperationException("Kestrel is registered in another way than this expects");
        services.AddSingleton<IServer>(provider => new DrainingServer(
            (IServer)ActivatorUtilities.CreateInstance(provider, kestrel), drainTime, provider.GetRequiredService<TimeProvider>()));
        services.Configure<HostOptions>(host => host.ShutdownTimeout = stopDelay + drainTime + TimeOfTheRest);
    }
}
