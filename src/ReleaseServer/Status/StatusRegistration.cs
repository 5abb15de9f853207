namespace ReleaseServer.Status;

internal static class StatusRegistration
{
    /// <summary>Adds who looks at this node and, where that is on, has it look.</summary>
    public static void AddStatus(this IServiceCollection services, StatusOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<StatusComponents>();
        services.AddSingleton<StatusProber>();
        if (options.Enabled)
        {
            services.AddHostedService(static provider => provider.GetRequiredService<StatusProber>());
        }
    }
}
