using Microsoft.AspNetCore.Connections;
using ReleaseServer.Admin;
using ReleaseServer.Alerting;
using ReleaseServer.Buckets;
using ReleaseServer.Cdn;
using ReleaseServer.Downloads;
using ReleaseServer.Limits;
using ReleaseServer.Listings;
using ReleaseServer.Origin;
using ReleaseServer.Pipeline;
using ReleaseServer.Shadow;
using ReleaseServer.Site;
using ReleaseServer.Status;
using ReleaseServer.Telemetry;
using ReleaseServer.Transport;

namespace ReleaseServer.Commands;

/// <summary>Builds the web host of <c>serve</c>: every service by name, and the two chains.</summary>
internal static class ServerHost
{
    /// <param name="bucket">The primary bucket, which the read chain ends in; the host disposes it.</param>
    /// <param name="replace">Called last, for tests that put services of their own in the place of others, such as the log.</param>
    public static WebApplication Build(
        ServerSettings settings, SiteData data, IBucket bucket, Action<IServiceCollection>? replace = null)
    {
        // No defaults of the framework: settings come from ServerSettings alone.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "ReleaseServer" });
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.UseSockets(Listeners.ConfigureSockets);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            var made = kestrel.ApplicationServices;
            Listeners.Configure(
                kestrel, settings.Server, made.GetService<ServerCertificate>(), made.GetService<LendingTransport>(), made.GetRequiredService<ConnectionMetrics>());
        });
        var services = builder.Services;
        if (settings.Server.Lending && LendingTransport.IsSupported)
        {
            services.AddSingleton(Listeners.LendingOf(settings.Server));
            services.AddSingleton<LendingTransport>();
            services.AddSingleton<IConnectionListenerFactory>(static provider => provider.GetRequiredService<LendingTransport>());
        }

        services.AddDraining(settings.Server.DrainTime, settings.Server.StopDelay);
        services.AddRoutingCore();
        services.AddServerLogging(settings.Log);
        services.AddSingleton(TimeProvider.System);

        // Before the others, so that what happens while they stop is told as well.
        services.AddAlerting(settings.Alerting, settings.Sentry, settings.Slack, ServerSettings.SecretsOf(settings));
        services.AddHostedService(provider => new StartRecovery(
            new AlertMarks(settings.Alerts.MarksPath),
            provider.GetRequiredService<AlertBoard>(),
            provider.GetRequiredService<IHostApplicationLifetime>(),
            provider.GetRequiredService<ILogger<StartRecovery>>()));
        services.AddMetrics(settings.Otlp, AlertSource.Of(settings.Alerting, settings.Sentry).Node);
        services.AddSingleton(settings.Server);
        services.AddSingleton(settings.Tls);
        if (settings.Tls.CertificatePath is not null)
        {
            services.AddSingleton<ServerCertificate>();
            services.AddHostedService(static provider => provider.GetRequiredService<ServerCertificate>());
        }

        services.AddSingleton<StopNotice>();
        services.AddHostedService(static provider => provider.GetRequiredService<StopNotice>());
        services.AddSingleton(provider => new SettingsWatch(settings, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<IAlerts>(), provider.GetRequiredService<ILogger<SettingsWatch>>()));
        services.AddHostedService(static provider => provider.GetRequiredService<SettingsWatch>());
        services.AddSingleton<ISettingsState>(static provider => provider.GetRequiredService<SettingsWatch>());
        services.AddStatus(settings.Status);
        services.AddSingleton<StatusEndpoint>();
        services.AddDownloads(settings.Downloads);
        services.AddShadow(settings.Shadow);
        services.AddSingleton<ShadowEndpoint>();
        services.AddSingleton(settings.Site);
        services.AddSingleton(data);
        services.AddReadChain(settings, bucket);
        services.AddSingleton<CurrentSite>();
        services.AddSingleton<LastGoodSite>();
        services.AddSingleton<PurgeLog>();
        services.AddSingleton<PurgeFollower>();
        services.AddSingleton<SiteLoader>();
        services.AddHostedService<SitePoller>();
        services.AddSingleton(settings.Admin);
        services.AddSingleton(settings.Cdn);
        services.AddSingleton<CdnClient>();
        services.AddSingleton<CdnQueue>();
        services.AddHostedService(static provider => provider.GetRequiredService<CdnQueue>());
        services.AddSingleton<NodePurge>();
        services.AddSingleton<PurgeEndpoint>();
        services.AddOrigin(settings.Origin);
        services.AddSingleton<OriginEndpoint>();
        services.AddSingleton<DownloadsEndpoint>();
        services.AddSingleton(settings.Limits);
        services.AddSingleton<AbsenceLimit>();
        services.AddSingleton<ListingReader>();
        services.AddReadyAnswers();
        services.AddSingleton<FileAnswer>();
        services.AddSingleton<ListingAnswer>();
        services.AddSingleton<OriginAnswer>();
        replace?.Invoke(services);

        var app = builder.Build();
        app.MapWhen(
            static context => context.Features.Get<AdminListener>() is not null,
            admin => admin.UseRouting().UseEndpoints(endpoints => endpoints.MapAdmin()));
        app.UseReleaseServer();
        return app;
    }
}
