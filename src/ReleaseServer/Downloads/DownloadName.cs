using ReleaseServer.Releases;

namespace ReleaseServer.Downloads;

/// <summary>What a file counts as. Counted by reference: <see cref="DownloadCounter.Of"/> gives one object for each.</summary>
/// <param name="Channel">The directory that versions are in, such as <c>release</c>.</param>
/// <param name="Version">Such as <c>v22.1.0</c>, as the directory is named.</param>
/// <param name="Platform">What the file's name says beside the version, such as <c>linux-x64</c>, <c>headers</c>, <c>source</c>, <c>x64-msi</c>.</param>
internal sealed record DownloadName(string Channel, string Version, string Platform)
{
    /// <summary>Stands for all that there is no room for.</summary>
    public static readonly DownloadName Others = new("other", "other", "other");

    private const int LongestName = 60;

    private static readonly string[] Archives = [".tar.gz", ".tar.xz", ".tar.bz2", ".tgz", ".zip", ".7z"];
    private static readonly string[] Programs = [".msi", ".pkg", ".exe", ".dmg", ".deb", ".rpm", ".AppImage"];

    /// <summary>What an object counts as; null for one that is no archive or program of a version, such as a page or a checksum.</summary>
    public static DownloadName? Of(string key)
    {
        var segments = key.Split('/');
        var place = Array.FindIndex(segments, IsVersion);
        if (place < 0 || place == segments.Length - 1 || EndingOf(segments[^1]) is not { } ending)
        {
            return null;
        }

        var version = segments[place];
        var name = segments[^1][..^ending.Length];
        var at = name.IndexOf(version, StringComparison.Ordinal);
        var beneath = string.Join('-', segments[(place + 1)..^1]);
        var rest = at < 0 ? beneath : name[(at + version.Length)..].Trim('-', '.');
        var platform = Archives.Contains(ending) ? rest.Length == 0 ? "source" : rest : $"{rest}-{ending[1..]}".TrimStart('-');
        var channel = place == 0 ? "" : segments[place - 1];
        return IsName(channel) && IsName(version) && IsName(platform) ? new DownloadName(channel, version, platform) : Others;
    }

    private static bool IsVersion(string segment) =>
        segment.Length > 1 && segment.Contains('.', StringComparison.Ordinal) && ReleaseVersion.TryParse(segment[0] == 'v' ? segment[1..] : segment, out _);

    private static string? EndingOf(string file) =>
        Archives.FirstOrDefault(ending => file.EndsWith(ending, StringComparison.Ordinal))
        ?? Programs.FirstOrDefault(ending => file.EndsWith(ending, StringComparison.Ordinal));

    // They become cells of tables: nothing in them may need quoting.
    private static bool IsName(string text) =>
        text.Length <= LongestName && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '+');
}
