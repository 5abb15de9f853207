using ReleaseServer.Alerting;
using ReleaseServer.Caching;
using ReleaseServer.Configuration;
using ReleaseServer.Downloads;
using ReleaseServer.Origin;
using ReleaseServer.Pipeline;
using ReleaseServer.Resilience;
using ReleaseServer.Shadow;
using ReleaseServer.Site;
using ReleaseServer.Status;
using ReleaseServer.Telemetry;

namespace ReleaseServer.Admin;

internal static class MetricsRegistration
{
    /// <summary>Adds what counts, and what tells of it at the admin address and, where the settings say so, by OTLP.</summary>
    /// <param name="node">Name of the node.</param>
    public static void AddMetrics(this IServiceCollection services, OtlpOptions otlp, string node)
    {
        services.AddSingleton<RequestMetrics>();
        services.AddSingleton<ConnectionMetrics>();
        services.AddSingleton(static provider => Make(provider));
        services.AddSingleton<PrometheusText>();
        if (otlp.Endpoint is not null)
        {
            services.AddHostedService(provider =>
            {
                // So that there is something to listen to.
                provider.GetRequiredService<ServerMetrics>();
                return new OtlpExport(otlp, node, provider.GetRequiredService<ILogger<OtlpExport>>());
            });
        }
    }

    private static ServerMetrics Make(IServiceProvider provider)
    {
        var metrics = new ServerMetrics();
        provider.GetRequiredService<RequestMetrics>().Register(metrics);
        provider.GetRequiredService<ConnectionMetrics>().Register(metrics);
        CacheInstruments.Register(metrics, provider.GetService<NodeCache>()?.Objects, provider.GetRequiredService<ReadyAnswers>());
        BucketInstruments.Register(metrics, provider.GetRequiredService<ReplicatedBucket>(), provider.GetRequiredService<NewestPublication>());
        OriginInstruments.Register(
            metrics, provider.GetRequiredService<OriginServers>(), provider.GetRequiredService<OriginSwitch>(), provider.GetRequiredService<OriginOptions>());
        SiteInstruments.Register(
            metrics,
            provider.GetRequiredService<CurrentSite>(),
            provider.GetRequiredService<SiteLoader>(),
            provider.GetRequiredService<IPurgeProgress>(),
            provider.GetRequiredService<TimeProvider>());
        AlertInstruments.Register(
            metrics,
            provider.GetRequiredService<AlertBoard>(),
            provider.GetRequiredService<IReadOnlyList<AlertQueue>>(),
            provider.GetRequiredService<AccessLog>(),
            provider.GetRequiredService<ServerLog>());
        var (downloads, journal) = (provider.GetRequiredService<DownloadCounter>(), provider.GetRequiredService<DownloadJournal>());
        metrics.Counter("releaseserver.downloads.counted", "{download}", "Whole files of releases sent", () => downloads.Counted);
        metrics.Counter("releaseserver.downloads.write_failures", "{write}", "Writes of the counts of downloads that the disk refused", () => journal.Failures);
        var (prober, states) = (provider.GetRequiredService<StatusProber>(), Enum.GetValues<ComponentState>());
        metrics.Gauge("releaseserver.component.state", "", "1 for the state that a component of the status page is in, 0 for the others", () =>
            from component in prober.States()
            from state in states
            select ServerMetrics.Value(component.State == state ? 1.0 : 0, ("component", component.Name), ("state", SettingValue.Format(state))));
        ShadowInstruments.Register(metrics, provider.GetRequiredService<ShadowMirror>());
        if (provider.GetService<ServerCertificate>() is { } certificate)
        {
            metrics.Gauge("releaseserver.tls.certificate_expiry_time", "s", "End of the certificate that new connections get, in seconds since 1970", () =>
                new DateTimeOffset(certificate.Current.TargetCertificate.NotAfter).ToUnixTimeSeconds());
        }

        var settings = provider.GetRequiredService<ISettingsState>();
        metrics.Gauge("releaseserver.settings.drift", "{setting}", "Settings that a start would find otherwise than the server runs by, or faults in them", () => settings.Drift.Count);
        ProcessInstruments.Register(metrics);
        return metrics;
    }
}
