namespace ReleaseServer.Downloads;

internal static class DownloadsRegistration
{
    /// <summary>Adds who counts downloads and, where that is on, who keeps the counts.</summary>
    public static void AddDownloads(this IServiceCollection services, DownloadsOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<DownloadCounter>();
        services.AddSingleton<DownloadJournal>();
        if (options.Enabled)
        {
            services.AddHostedService(static provider => provider.GetRequiredService<DownloadJournal>());
        }
    }
}
