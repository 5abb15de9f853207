using System.Text;

namespace ReleaseServer.Releases;

/// <summary>One line of <c>SHASUMS256.txt</c>.</summary>
/// <param name="Sha256">Lower-case hexadecimal.</param>
/// <param name="Name">Relative to the directory of the file, such as <c>win-x64/node.exe</c>.</param>
internal readonly record struct Shasum(string Sha256, string Name);

/// <summary>A list of checksums in the form that <c>sha256sum</c> writes: digest, two blanks (or a blank and a star), name.</summary>
/// <param name="Lines">In the file's order.</param>
/// <param name="Faults">Every line that is none, and every name that stands there twice; each names its line, counted from 1. Empty for a good file.</param>
internal sealed record ShasumsFile(IReadOnlyList<Shasum> Lines, IReadOnlyList<string> Faults)
{
    /// <summary>What the file is called in a version's directory.</summary>
    public const string FileName = "SHASUMS256.txt";

    private const int DigestLength = 64;

    /// <summary>Never throws; a line that cannot be read is a fault and no line.</summary>
    public static ShasumsFile Parse(ReadOnlySpan<byte> content)
    {
        var lines = new List<Shasum>();
        var faults = new List<string>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var number = 0;
        foreach (var range in content.Split((byte)'\n'))
        {
            number++;
            var text = Encoding.UTF8.GetString(content[range]).TrimEnd('\r');
            if (text.Length == 0)
            {
                continue;
            }

            if (Read(text) is not { } line)
            {
                faults.Add($"line {number} is not a digest of 64 hexadecimal digits, two blanks and a name: '{Shorten(text)}'");
            }
            else if (!names.Add(line.Name))
            {
                faults.Add($"line {number} names '{line.Name}' a second time");
            }
            else
            {
                lines.Add(line);
            }
        }

        return new ShasumsFile(lines, faults);
    }

    private static Shasum? Read(string text)
    {
        if (text.Length <= DigestLength + 2 || text[DigestLength] != ' ' || text[DigestLength + 1] is not (' ' or '*'))
        {
            return null;
        }

        var (digest, name) = (text[..DigestLength], text[(DigestLength + 2)..]);
        name = name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name;
        return digest.All(char.IsAsciiHexDigit) && name.Length > 0 ? new Shasum(digest.ToLowerInvariant(), name) : null;
    }

    private static string Shorten(string text) => text.Length <= 80 ? text : text[..80] + "...";
}
