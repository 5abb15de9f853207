using System.Buffers;

namespace ReleaseServer.Site;

/// <summary>Where a site keeps what belongs to one version, by its release rules. Immutable.</summary>
internal sealed class VersionDirectories
{
    private const string NamePlaceholder = "{name}";
    private const string VersionPlaceholder = "{version}";

    private static readonly SearchValues<char> OfNumbers = SearchValues.Create("0123456789.");

    private readonly Form[] _forms;

    public VersionDirectories(ReleaseRules rules)
    {
        var forms = new List<Form>();
        foreach (var channel in rules.Channels)
        {
            if (channel.Versions.Split(VersionPlaceholder) is not [var before, var after])
            {
                continue;
            }

            forms.Add(new Form(channel.Directory.Length == 0 ? "" : channel.Directory + "/", before, after));

            // A version's docs, say, may lie elsewhere: nodejs/docs/{name}.
            foreach (var rule in channel.Links.Where(static rule => rule.Each == LinkScope.Version))
            {
                var parent = rule.Link[..(rule.Link.IndexOf(NamePlaceholder, StringComparison.Ordinal) is var start and > 0 ? start : 0)];
                var isWholeSegment = $"{rule.Link}/".StartsWith($"{parent}{NamePlaceholder}/", StringComparison.Ordinal);
                if (isWholeSegment && (parent.Length == 0 || parent.EndsWith('/')) && !parent.Contains('{'))
                {
                    forms.Add(new Form(parent, before, after));
                }
            }
        }

        _forms = [.. forms.Distinct()];
    }

    /// <summary>The name of the version's directory that a key lies in, such as <c>v22.1.0</c>; null for none.</summary>
    public string? Find(ReadOnlySpan<char> key)
    {
        foreach (var form in _forms)
        {
            if (!key.StartsWith(form.Parent, StringComparison.Ordinal))
            {
                continue;
            }

            var rest = key[form.Parent.Length..];
            var slash = rest.IndexOf('/');
            if (slash > 0 && form.IsVersion(rest[..slash]))
            {
                return rest[..slash].ToString();
            }
        }

        return null;
    }

    /// <param name="Parent">Key prefix; empty, or ends in a slash.</param>
    /// <param name="Before">What a directory's name has before the version.</param>
    /// <param name="After">What it has after it.</param>
    private readonly record struct Form(string Parent, string Before, string After)
    {
        public bool IsVersion(ReadOnlySpan<char> name)
        {
            if (name.Length <= Before.Length + After.Length
                || !name.StartsWith(Before, StringComparison.Ordinal)
                || !name.EndsWith(After, StringComparison.Ordinal))
            {
                return false;
            }

            // Numbers with dots, and perhaps a pre-release, of which anything goes: it names nothing that it would be mistaken for.
            var version = name[Before.Length..^After.Length];
            var dash = version.IndexOf('-');
            var numbers = dash < 0 ? version : version[..dash];
            return !numbers.IsEmpty && char.IsAsciiDigit(numbers[0]) && !numbers.ContainsAnyExcept(OfNumbers);
        }
    }
}
