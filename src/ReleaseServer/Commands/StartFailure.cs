using ReleaseServer.Alerting;

namespace ReleaseServer.Commands;

/// <summary>Tells that the server did not start: nobody may be looking at the terminal. <see cref="StartRecovery"/> tells that it did after all.</summary>
internal static class StartFailure
{
    /// <summary>Of the mark, which is on this node.</summary>
    public const string Subject = "this node";

    /// <summary>Tells the sinks, if there are any, and waits for them a few seconds at most. Never throws.</summary>
    /// <param name="settings">Null where they are wrong themselves: then nobody can be told.</param>
    /// <param name="secrets">Values of the secret settings, as far as they are known.</param>
    public static Task TellAsync(AlertSettings? settings, IEnumerable<string> secrets, Caller caller, string message, Exception? exception = null) =>
        new CommandAlerts(settings, secrets, caller.Error, TimeProvider.System).RaiseAsync(new Alert(AlertKind.StartFailed, Subject, message, exception), parts: []);
}
