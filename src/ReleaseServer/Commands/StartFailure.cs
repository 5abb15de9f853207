using ReleaseServer.Alerting;

namespace ReleaseServer.Commands;

/// <summary>Tells that the server did not start: nobody may be looking at the terminal.</summary>
internal static class StartFailure
{
    /// <summary>Tells the sinks, if there are any, and waits for them a few seconds at most. Never throws.</summary>
    /// <param name="settings">Null where they are wrong themselves: then nobody can be told.</param>
    /// <param name="secrets">Values of the secret settings, as far as they are known.</param>
    public static Task TellAsync(AlertSettings? settings, IEnumerable<string> secrets, string message, Exception? exception = null) =>
        AlertFromCommand.RaiseAsync(settings, secrets, new Alert(AlertKind.StartFailed, "this node", message, exception));
}
