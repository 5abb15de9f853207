using System.Diagnostics.CodeAnalysis;
using ReleaseServer.Site;

namespace ReleaseServer.Releases;

/// <summary>A version number: one to four numbers with dots and an optional pre-release, such as <c>26.7.0</c> or <c>1.0.0-rc.1</c>.</summary>
/// <remarks>Ordered as Semantic Versioning 2.0.0 §11 does; missing numbers count as 0.</remarks>
internal sealed class ReleaseVersion : IComparable<ReleaseVersion>
{
    private readonly int[] _numbers;

    private ReleaseVersion(string text, int[] numbers, string? prerelease)
    {
        (Text, _numbers, Prerelease) = (text, numbers, prerelease);
    }

    public string Text { get; }

    public int Major => _numbers[0];

    public int Minor => _numbers.Length > 1 ? _numbers[1] : 0;

    /// <summary>What follows the first dash; null for a release.</summary>
    public string? Prerelease { get; }

    /// <summary>Whether this version begins with the numbers of <paramref name="prefix"/>, such as <c>0.10</c> for 0.10.48 but not 0.1.0.</summary>
    public bool IsWithin(ReleaseVersion prefix) =>
        prefix._numbers.Length <= _numbers.Length && _numbers.AsSpan(0, prefix._numbers.Length).SequenceEqual(prefix._numbers);

    public static bool TryParse(string text, [NotNullWhen(true)] out ReleaseVersion? version)
    {
        version = null;
        var dash = text.IndexOf('-');
        var prerelease = dash < 0 ? null : text[(dash + 1)..];
        var parts = (dash < 0 ? text : text[..dash]).Split('.');
        if (parts.Length > 4 || prerelease == "")
        {
            return false;
        }

        var numbers = new int[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            // Digits only, and no leading zero: "01" and "1" would be two names of one version.
            var plain = parts[i].Length is > 0 and <= 9 && parts[i].All(char.IsAsciiDigit) && (parts[i].Length == 1 || parts[i][0] != '0');
            if (!plain || !int.TryParse(parts[i], out numbers[i]))
            {
                return false;
            }
        }

        version = new ReleaseVersion(text, numbers, prerelease);
        return true;
    }

    /// <summary>Reads the version out of the name of a channel's directory, such as <c>v26.7.0</c>.</summary>
    public static bool TryParse(string name, ReleaseChannel channel, [NotNullWhen(true)] out ReleaseVersion? version)
    {
        version = null;
        return channel.Versions.Split("{version}") is [var before, var after]
            && name.Length > before.Length + after.Length
            && name.StartsWith(before, StringComparison.Ordinal)
            && name.EndsWith(after, StringComparison.Ordinal)
            && TryParse(name[before.Length..^after.Length], out version);
    }

    /// <summary>As <see cref="TryParse(string, ReleaseChannel, out ReleaseVersion?)"/>, for versions that belong into the channel's index.</summary>
    public static bool TryParseIndexed(string name, ReleaseChannel channel, [NotNullWhen(true)] out ReleaseVersion? version) =>
        TryParse(name, channel, out version)
        && (channel.Prerelease is { } start ? version.Prerelease?.StartsWith(start, StringComparison.Ordinal) == true : version.Prerelease is null);

    public int CompareTo(ReleaseVersion? other)
    {
        if (other is null)
        {
            return 1;
        }

        for (var i = 0; i < Math.Max(_numbers.Length, other._numbers.Length); i++)
        {
            var difference = (i < _numbers.Length ? _numbers[i] : 0).CompareTo(i < other._numbers.Length ? other._numbers[i] : 0);
            if (difference != 0)
            {
                return difference;
            }
        }

        return (Prerelease, other.Prerelease) switch
        {
            (null, null) => 0,
            (null, _) => 1,
            (_, null) => -1,
            var (mine, theirs) => ComparePrereleases(mine.Split('.'), theirs.Split('.')),
        };
    }

    private static int ComparePrereleases(string[] mine, string[] theirs)
    {
        for (var i = 0; i < Math.Min(mine.Length, theirs.Length); i++)
        {
            var difference = (int.TryParse(mine[i], out var a), int.TryParse(theirs[i], out var b)) switch
            {
                (true, true) => a.CompareTo(b),
                (true, false) => -1,
                (false, true) => 1,
                _ => string.CompareOrdinal(mine[i], theirs[i]),
            };
            if (difference != 0)
            {
                return difference;
            }
        }

        return mine.Length.CompareTo(theirs.Length);
    }
}
