using ReleaseServer.Alerting;

namespace ReleaseServer.Commands;

/// <summary>Tells the sinks of alerts from a command, which ends before a server would have told them.</summary>
internal static class AlertFromCommand
{
    /// <summary>Raises an alert, if anybody is to be told, and waits for the sinks a few seconds at most. Never throws.</summary>
    /// <param name="settings">Null, or without a sink: then nobody is told.</param>
    /// <param name="secrets">Values of the secret settings.</param>
    public static async Task RaiseAsync(AlertSettings? settings, IEnumerable<string> secrets, Alert alert)
    {
        if (settings is not { HasSink: true })
        {
            return;
        }

        var services = new ServiceCollection();
        services.AddSingleton(TimeProvider.System);

        // What is wrong is on standard error already.
        services.AddLogging();
        services.AddAlerting(settings.Alerting, settings.Sentry, settings.Slack, secrets);
        await using var provider = services.BuildServiceProvider();
        var dispatcher = provider.GetRequiredService<AlertDispatcher>();
        await dispatcher.StartAsync(CancellationToken.None);
        provider.GetRequiredService<IAlerts>().Raise(alert);
        await dispatcher.StopAsync(CancellationToken.None);
    }
}
