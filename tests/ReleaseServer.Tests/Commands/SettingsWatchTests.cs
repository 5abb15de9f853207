using Microsoft.Extensions.Logging.Abstractions;
using ReleaseServer.Alerting;
using ReleaseServer.Commands;
using ReleaseServer.Testing.Alerting;
using ReleaseServer.Tests.Buckets;

namespace ReleaseServer.Tests.Commands;

public sealed class SettingsWatchTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly AlertRecorder _alerts = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Look_SameSettings_NoDrift()
    {
        var watch = Start("""{ "Log": { "Access": false } }""");

        Look(watch, SettingsWatch.LooksBeforeTold);

        Assert.Empty(watch.Drift);
        Assert.Empty(_alerts.Raised);
    }

    [Fact]
    public void Look_FileChanged_NamesAreKnownAtOnceAndToldWhereItLasts()
    {
        var watch = Start("""{ "Log": { "Access": false }, "Admin": { "Token": "sixteen-characters" } }""");
        Write("""{ "Log": { "Access": true }, "Admin": { "Token": "seventeen-characters" } }""");

        Look(watch, SettingsWatch.LooksBeforeTold - 1);

        Assert.Equal(["Admin:Token", "Log:Access"], watch.Drift);
        Assert.Empty(_alerts.Raised);

        watch.Look();

        var alert = Assert.Single(_alerts.Raised);
        Assert.Equal(AlertKind.SettingsDrift, alert.Kind);
        Assert.EndsWith(": Admin:Token; Log:Access", alert.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("characters", alert.Message, StringComparison.Ordinal);

        Write("""{ "Log": { "Access": false }, "Admin": { "Token": "sixteen-characters" } }""");
        watch.Look();

        Assert.Empty(watch.Drift);
        Assert.Equal(AlertKind.SettingsDrift, Assert.Single(_alerts.Resolved).Kind);
    }

    [Fact]
    public void Look_FileBroken_SaysThatAStartWouldFail()
    {
        var watch = Start("{ }");
        Write("""{ "Log": { "Acess": true } }""");

        Look(watch, SettingsWatch.LooksBeforeTold);

        Assert.Contains("would not start", Assert.Single(_alerts.Raised).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Hash_SameSettings_IsTheSameAndOthersAreNot()
    {
        var one = Start("""{ "Log": { "Access": false } }""").Hash;

        Assert.Equal(one, Start("""{ "Log:Access": false }""").Hash);
        Assert.NotEqual(one, Start("{ }").Hash);
    }

    private static void Look(SettingsWatch watch, int times)
    {
        for (var i = 0; i < times; i++)
        {
            watch.Look();
        }
    }

    private void Write(string json) => _folder.Write("appsettings.json", json);

    private SettingsWatch Start(string json)
    {
        Write(json);
        Assert.True(ServerSettings.TryLoad([], _folder.Path, new Dictionary<string, string>(), out var settings, out _));
        return new SettingsWatch(settings, TimeProvider.System, _alerts, NullLogger<SettingsWatch>.Instance);
    }
}
