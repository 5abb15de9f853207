using ReleaseServer.Site;

namespace ReleaseServer.Releases;

/// <summary>Holds the index of a channel against what the bucket has. No I/O.</summary>
internal sealed class IndexVerifier(ReleaseChannel channel, PublishedLinks links, BucketNames names, VerifyReport report)
{
    /// <summary>Versions that should be in the index: whole ones, that are not hidden.</summary>
    public IEnumerable<string> Versions() => names.DirectoriesIn(Directory).Where(name =>
        ReleaseVersion.TryParseIndexed(name, channel, out _)
        && names.HasFile($"{Directory}{name}/{ShasumsFile.FileName}")
        && links.Overlay.StateOf($"{Directory}{name}/") is null);

    private string Directory => channel.Directory.Length == 0 ? "" : channel.Directory + "/";

    public void Verify(ReadOnlyMemory<byte> json, ReadOnlyMemory<byte>? tab)
    {
        var faults = new List<string>();
        var entries = IndexJson.Read(json, faults);
        if (tab is { } bytes)
        {
            IndexTab.Compare(bytes.Span, entries, faults);
        }
        else
        {
            faults.Add($"{IndexTab.FileName}: is missing");
        }

        foreach (var fault in faults)
        {
            report.Add(VerifyArea.Index, channel.KeyOf(IndexJson.FileName), fault);
        }

        foreach (var entry in entries)
        {
            report.CountChecked(VerifyArea.Index);
            Verify(entry);
        }

        var known = entries.Select(static entry => entry.Version).ToHashSet(StringComparer.Ordinal);
        foreach (var version in Versions().Where(version => !known.Contains(version)))
        {
            report.Add(VerifyArea.Index, $"{Directory}{version}", $"is whole, and not in {IndexJson.FileName}: run index");
        }
    }

    private void Verify(IndexEntry entry)
    {
        var directory = $"{Directory}{entry.Version}/";
        if (!names.HasDirectory(directory))
        {
            report.Add(VerifyArea.Index, directory, $"is in {IndexJson.FileName}, and not in the bucket");
            return;
        }

        if (links.Overlay.StateOf(directory) is UnlistedState.Hidden or UnlistedState.Withdrawn)
        {
            report.Add(VerifyArea.Index, directory, $"was taken back, and is in {IndexJson.FileName}");
        }

        // Tarballs of old lie beside the directories.
        var beside = names.FilesIn(Directory).Keys.Where(name => name.Contains(entry.Version, StringComparison.Ordinal));
        var linked = links.Table.Links.Where(link => link.Name.StartsWith(directory, StringComparison.Ordinal)).Select(link => link.Name[directory.Length..]);
        var there = AssetTokens.Of(entry.Version, names.FilesBeneath(directory).Concat(beside).Concat(linked)).ToHashSet(StringComparer.Ordinal);
        foreach (var token in entry.Files.Where(token => !there.Contains(token)))
        {
            report.Add(VerifyArea.Index, directory, $"{IndexJson.FileName} says {token}, and there is no such file");
        }
    }
}
