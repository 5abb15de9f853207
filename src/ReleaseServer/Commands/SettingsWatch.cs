using System.Security.Cryptography;
using System.Text;
using ReleaseServer.Admin;
using ReleaseServer.Alerting;
using ReleaseServer.Configuration;

namespace ReleaseServer.Commands;

/// <summary>Reads the settings again now and then, as the next start would, and tells operators where they are not those that the server runs by.</summary>
internal sealed partial class SettingsWatch : BackgroundService, ISettingsState
{
    public const string AlertSubject = "the settings of this node";

    /// <summary>Time between two looks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    /// <summary>Looks that have to find a difference before anybody is told: a deployment changes the file first and starts the server then.</summary>
    public const int LooksBeforeTold = 4;

    private const int MostTold = 5;

    private readonly ServerSettings _settings;
    private readonly TimeProvider _clock;
    private readonly IAlerts _alerts;
    private readonly ILogger<SettingsWatch> _logger;
    private volatile IReadOnlyList<string> _drift = [];
    private int _looks;

    public SettingsWatch(ServerSettings settings, TimeProvider clock, IAlerts alerts, ILogger<SettingsWatch> logger)
    {
        (_settings, _clock, _alerts, _logger) = (settings, clock, alerts, logger);
        Running = ServerSettings.Describe(settings);
        Hash = HashOf(Running);
    }

    public IReadOnlyList<(string Setting, string Value)> Running { get; }

    public string Hash { get; }

    public IReadOnlyList<string> Drift => _drift;

    /// <summary>Looks once.</summary>
    public void Look()
    {
        if (_settings.Reread is not { } reread)
        {
            return;
        }

        var (there, faults) = reread();
        var drift = there is null ? [.. faults.Select(static fault => fault.ToString())] : Differences(there);
        _drift = drift;
        if (drift.Count == 0)
        {
            _looks = 0;
            _alerts.Resolve(AlertKind.SettingsDrift, AlertSubject, "They are those that the server runs by.");
        }
        else if (++_looks >= LooksBeforeTold)
        {
            var what = there is null ? "With what is there now the server would not start" : "The server runs by other settings than a start would find";
            var more = drift.Count > MostTold ? $" and {drift.Count - MostTold} more" : "";
            _alerts.Raise(new Alert(AlertKind.SettingsDrift, AlertSubject, $"{what}: {string.Join("; ", drift.Take(MostTold))}{more}"));
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Interval, _clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                Look();
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // A file that is being replaced; the next look finds it.
                LogUnread(exception.Message);
            }
        }
    }

    private static string HashOf(IEnumerable<(string Setting, string Value)> settings) => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', settings.Select(static pair => $"{pair.Setting}={pair.Value}")))))[..12];

    // Secrets are compared as they are, and told by name alone, as all are.
    private List<string> Differences(ServerSettings there)
    {
        var running = ServerSettings.Values(_settings).ToDictionary(static pair => pair.Setting.Name, static pair => SettingValue.Format(pair.Value));
        var found = ServerSettings.Values(there).ToDictionary(static pair => pair.Setting.Name, static pair => SettingValue.Format(pair.Value));
        return [.. running.Keys.Union(found.Keys).Where(name => running.GetValueOrDefault(name) != found.GetValueOrDefault(name)).Order(StringComparer.Ordinal)];
    }

    [LoggerMessage(LogLevel.Warning, "The settings could not be read again: {Reason}")]
    private partial void LogUnread(string reason);
}
