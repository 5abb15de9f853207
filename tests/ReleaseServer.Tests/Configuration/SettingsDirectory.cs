using ReleaseServer.Commands;
using ReleaseServer.Configuration;

namespace ReleaseServer.Tests.Configuration;

/// <summary>A working directory of one test, removed after it.</summary>
internal sealed class SettingsDirectory : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("releaseserver-settings-");

    public string Path => _directory.FullName;

    public void Write(string name, string text) => File.WriteAllText(System.IO.Path.Combine(Path, name), text);

    /// <summary>Loads settings that must be right.</summary>
    public ServerSettings Load(IReadOnlyList<string>? arguments = null, Dictionary<string, string>? environment = null)
    {
        var isLoaded = ServerSettings.TryLoad(arguments ?? [], Path, environment ?? [], out var settings, out var faults);

        Assert.Empty(faults);
        Assert.True(isLoaded);
        return settings!;
    }

    /// <summary>Loads settings that must be wrong.</summary>
    public IReadOnlyList<SettingFault> Fail(IReadOnlyList<string>? arguments = null, Dictionary<string, string>? environment = null)
    {
        var isLoaded = ServerSettings.TryLoad(arguments ?? [], Path, environment ?? [], out var settings, out var faults);

        Assert.False(isLoaded);
        Assert.Null(settings);
        return faults;
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
