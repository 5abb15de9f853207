namespace ReleaseServer.Transport;

/// <summary>Whether what waits for a socket goes on right where the socket's event is handled, rather than by way of the thread pool.</summary>
/// <remarks>.NET offers no API for this, only an environment variable that it reads when the process uses its first socket.</remarks>
internal static class InlineCompletions
{
    public const string Variable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    public static bool AreOn => Environment.GetEnvironmentVariable(Variable) == "1";

    /// <summary>Decides, unless whoever started the process has. Has no effect after the first socket.</summary>
    public static void Choose(bool on)
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Variable)))
        {
            Environment.SetEnvironmentVariable(Variable, on ? "1" : "0");
        }
    }
}
