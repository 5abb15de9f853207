using System.Globalization;
using ReleaseServer.Buckets;
using ReleaseServer.Site;

namespace ReleaseServer.Releases;

/// <summary>Facts that a person has written down for a version: <c>.release-server/facts/DIRECTORY/VERSION.json</c> of the bucket that has its artifacts.</summary>
internal static class FactsDocument
{
    private const int MaxBytes = 64 << 10;

    private static readonly string[] Names = ["date", "npm", "v8", "uv", "zlib", "openssl", "modules", "lts", "security"];

    /// <param name="directory">Key of the version's directory, without a closing slash.</param>
    public static AssetKey KeyOf(string directory) => AssetKey.Own($"facts/{directory}.json");

    /// <summary>What is written down for a version; nothing known where there is no document.</summary>
    /// <exception cref="SiteDataException">Names every fault.</exception>
    public static async Task<VersionFacts> ReadAsync(VersionSource source, CancellationToken cancellationToken)
    {
        var key = KeyOf(source.Directory);
        await using var representation = await source.Bucket.OpenAsync(key, range: null, expected: null, cancellationToken);
        if (representation is null)
        {
            return VersionFacts.None;
        }

        if (representation.Metadata.Length > MaxBytes)
        {
            throw new SiteDataException([new SiteFault(key.Value, "", $"has {representation.Metadata.Length:N0} bytes; at most {MaxBytes:N0} are read")]);
        }

        var content = new byte[representation.Metadata.Length];
        await representation.Body.ReadExactlyAsync(content, cancellationToken);
        return Read(key.Value, content);
    }

    /// <exception cref="SiteDataException">Names every fault.</exception>
    public static VersionFacts Read(string name, ReadOnlyMemory<byte> utf8)
    {
        var faults = new List<SiteFault>();
        var facts = VersionFacts.None;
        if (JsonRow.ParseFile(name, utf8, faults) is { } file)
        {
            foreach (var member in Names.Where(file.Has))
            {
                var text = member == "security" ? file.Flag(member, false) ? "true" : "false" : file.OptionalText(member);
                if (text is not null && !TrySet(ref facts, member, text))
                {
                    file.Fault($"{member} cannot be '{text}'");
                }
            }

            file.RefuseUnread();
        }

        return faults.Count == 0 ? facts : throw new SiteDataException(faults);
    }

    /// <summary>Sets one fact by its name in the index; false for an unknown name or an impossible value.</summary>
    public static bool TrySet(ref VersionFacts facts, string name, string value)
    {
        if (value.Length == 0 || value.Any(char.IsControl) || (value == "-" && name != "lts"))
        {
            return false;
        }

        var isFlag = value is "true" or "false";
        var isDate = DateOnly.TryParseExact(value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date);
        var changed = name switch
        {
            "date" when isDate => facts with { Date = date },
            "npm" => facts with { Npm = value },
            "v8" => facts with { V8 = value },
            "uv" => facts with { Uv = value },
            "zlib" => facts with { Zlib = value },
            "openssl" => facts with { OpenSsl = value },
            "modules" => facts with { Modules = value },
            "lts" => facts with { Lts = value is "false" or "-" ? LtsStatus.None : new LtsStatus(value) },
            "security" when isFlag => facts with { Security = value == "true" },
            _ => null,
        };
        facts = changed ?? facts;
        return changed is not null;
    }
}
