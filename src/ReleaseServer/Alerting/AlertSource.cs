using System.Reflection;

namespace ReleaseServer.Alerting;

/// <summary>Who tells: the same in every alert of a process. Immutable.</summary>
/// <param name="Node">Name of the node.</param>
/// <param name="Environment">Such as <c>production</c>.</param>
/// <param name="Release">Name and version of the program.</param>
/// <param name="RunbookUrl">See <see cref="AlertingOptions.RunbookUrl"/>.</param>
internal sealed record AlertSource(string Node, string Environment, string Release, Uri? RunbookUrl)
{
    private const string ProgramName = "releaseserver";

    /// <summary>Name and version of the client that this room is, for the services it talks to: <c>releaseserver/0.1.0</c>.</summary>
    public static string Client { get; } = $"{ProgramName}/{ClientVersion}";

    public static string ClientName => ProgramName;

    public static string ClientVersion => typeof(AlertSource).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    public static AlertSource Of(AlertingOptions alerting, SentryOptions sentry) => new(
        alerting.Node ?? System.Environment.MachineName, sentry.Environment, sentry.Release ?? $"{ProgramName}@{ProgramVersion()}", alerting.RunbookUrl);

    /// <summary>Where an alert's runbook is: an address or, without one in the settings, its path in the repository.</summary>
    public string RunbookOf(AlertKind kind) => RunbookUrl is { } url ? $"{url.AbsoluteUri.TrimEnd('/')}/{kind.Name}.md" : kind.Runbook;

    private static string ProgramVersion() =>
        typeof(AlertSource).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? ClientVersion;
}
