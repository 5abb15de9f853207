using ReleaseServer.Resilience;

namespace ReleaseServer.Origin;

internal static class OriginRegistration
{
    /// <summary>Adds the origins, who asks them, and who looks after them.</summary>
    public static void AddOrigin(this IServiceCollection services, OriginOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<OriginSwitch>();
        services.AddSingleton<OriginServers>();
        services.AddSingleton<OriginClient>();
        services.AddSingleton<IRestSource, OriginRest>();
        services.AddHostedService<OriginMonitor>();
    }
}
