using ReleaseServer.Alerting;

namespace ReleaseServer.Commands;

/// <summary>Tells that the server did not start: nobody may be looking at the terminal.</summary>
internal static class StartFailure
{
    /// <summary>Tells the sinks, if there are any, and waits for them a few seconds at most. Never throws.</summary>
    /// <param name="settings">Null where they are wrong themselves: then nobody can be told.</param>
    /// <param name="secrets">Values of the secret settings, as far as they are known.</param>
    public static async Task TellAsync(AlertSettings? settings, IEnumerable<string> secrets, string message, Exception? exception = null)
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
        provider.GetRequiredService<IAlerts>().Raise(new Alert(AlertKind.StartFailed, "this node", message, exception));
        await dispatcher.StopAsync(CancellationToken.None);
    }
}
