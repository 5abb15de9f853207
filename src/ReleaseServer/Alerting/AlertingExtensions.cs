namespace ReleaseServer.Alerting;

/// <summary>Registers the room.</summary>
internal static class AlertingExtensions
{
    /// <summary>Adds <see cref="IAlerts"/>, and the sinks that the settings name, with what tells them in the background.</summary>
    /// <param name="secrets">Values of all secret settings, which no alert may show.</param>
    public static IServiceCollection AddAlerting(
        this IServiceCollection services, AlertingOptions alerting, SentryOptions sentry, SlackOptions slack, IEnumerable<string> secrets)
    {
        services.AddSingleton(AlertSource.Of(alerting, sentry));
        services.AddSingleton(new SecretScrubber(secrets));
        if (sentry.Dsn is not null)
        {
            services.AddSingleton<IAlertSink>(provider => new SentryAlertSink(
                sentry,
                provider.GetRequiredService<AlertSource>(),
                provider.GetRequiredService<SecretScrubber>(),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<SentryAlertSink>>()));
        }

        if (slack.WebhookUrl is not null)
        {
            services.AddSingleton<IAlertSink>(provider => new SlackAlertSink(
                slack, provider.GetRequiredService<AlertSource>(), provider.GetRequiredService<TimeProvider>()));
        }

        services.AddSingleton<IReadOnlyList<AlertQueue>>(static provider =>
        [
            .. provider.GetServices<IAlertSink>().Select(sink => new AlertQueue(
                sink, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<AlertQueue>>())),
        ]);
        services.AddSingleton(provider => new AlertBoard(
            alerting,
            provider.GetRequiredService<AlertSource>(),
            provider.GetRequiredService<SecretScrubber>(),
            provider.GetRequiredService<IReadOnlyList<AlertQueue>>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<AlertBoard>>()));
        services.AddSingleton<IAlerts>(static provider => provider.GetRequiredService<AlertBoard>());
        services.AddSingleton<AlertDispatcher>();
        services.AddHostedService(static provider => provider.GetRequiredService<AlertDispatcher>());
        return services;
    }
}
