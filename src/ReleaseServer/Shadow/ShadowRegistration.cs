namespace ReleaseServer.Shadow;

internal static class ShadowRegistration
{
    /// <summary>Adds who mirrors requests to a candidate, which does nothing where there is none.</summary>
    public static void AddShadow(this IServiceCollection services, ShadowOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<ShadowMirror>();
        services.AddHostedService(static provider => provider.GetRequiredService<ShadowMirror>());
    }
}
