using System.Text.RegularExpressions;

namespace ReleaseServer.Tests.Architecture;

/// <summary>Holds the order of the rooms (docs/architecture.md): a room uses only rooms above it.</summary>
public sealed partial class RoomOrderTests
{
    private static readonly string[] Rooms =
    [
        "Configuration", "Http", "Telemetry", "Transport", "Alerting", "Buckets", "Resilience", "Caching", "Site", "Listings", "Releases", "Cdn", "Sample",
        "Origin", "Limits", "Downloads", "Shadow", "Pipeline", "Status", "Admin", "Supervision", "Commands",
    ];

    [Fact]
    public void Rooms_Folders_AreAllInTheOrder()
    {
        var folders = Directory.GetDirectories(Repository.Sources).Select(Path.GetFileName).Except(["bin", "obj", "Properties"]);

        Assert.Equal(Rooms.Order(), folders.Order());
    }

    [Fact]
    public void Rooms_Sources_UseOnlyRoomsAbove()
    {
        var wrong = Rooms.SelectMany((room, place) => Directory
            .EnumerateFiles(Path.Combine(Repository.Sources, room), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => RoomName().Matches(File.ReadAllText(file))
                .Select(match => match.Groups[1].Value)
                .Where(used => Array.IndexOf(Rooms, used) > place)
                .Select(used => $"{Path.GetFileName(file)} in {room} uses {used}")));

        Assert.Empty(wrong);
    }

    [Fact]
    public void Rooms_Sources_HaveTheirRoomsNamespace()
    {
        var wrong = Rooms.SelectMany(room => Directory
            .EnumerateFiles(Path.Combine(Repository.Sources, room), "*.cs", SearchOption.AllDirectories)
            .Where(file => !File.ReadAllText(file).Contains($"namespace ReleaseServer.{room};", StringComparison.Ordinal)));

        Assert.Empty(wrong);
    }

    // Both "using ReleaseServer.Site;" and a name written out in the code.
    [GeneratedRegex(@"(?<!namespace )\bReleaseServer\.(\w+)")]
    private static partial Regex RoomName();
}
