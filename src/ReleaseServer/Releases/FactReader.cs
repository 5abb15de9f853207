using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace ReleaseServer.Releases;

/// <summary>Gathers the facts of a version from files of its tarballs. No I/O; not safe for concurrent use.</summary>
/// <remarks>
/// Knows the files of all eras: those of <c>include/node</c> in headers and binary tarballs, and those of the source tarball, in which old
/// versions keep them elsewhere. The first file to state a fact decides.
/// </remarks>
internal sealed partial class FactReader
{
    /// <summary>What has been read so far.</summary>
    public VersionFacts Facts { get; private set; } = VersionFacts.None;

    /// <summary>The version's own number as <c>node_version.h</c> states it, such as <c>26.7.0</c>; null while none was read.</summary>
    public string? Number { get; private set; }

    /// <summary>Whether nothing more can be learnt.</summary>
    public bool IsComplete => HasHeaderFacts && Facts.Npm is not null;

    /// <summary>Whether all is known that headers state.</summary>
    public bool HasHeaderFacts =>
        Number is not null && Facts is { V8: not null, Uv: not null, Zlib: not null, OpenSsl: not null, Modules: not null, Lts: not null };

    /// <summary>Whether a file may state something that is not known yet.</summary>
    /// <param name="path">Within the tarball, without its first directory.</param>
    public bool Wants(string path) => KindOf(path) switch
    {
        FactFile.NodeVersion => Number is null || Facts.Modules is null || Facts.Lts is null,
        FactFile.Node => Facts.Modules is null,
        FactFile.V8 => Facts.V8 is null,
        FactFile.Uv => Facts.Uv is null,
        FactFile.Zlib => Facts.Zlib is null,
        FactFile.OpenSsl => Facts.OpenSsl is null,
        FactFile.Npm => Facts.Npm is null,
        _ => false,
    };

    /// <summary>Takes what a file states; one that states nothing usable changes nothing.</summary>
    public void Read(string path, string text)
    {
        var found = KindOf(path) switch
        {
            FactFile.NodeVersion => ReadNodeVersion(text),
            FactFile.Node => new VersionFacts { Modules = ModulesOf(text) },
            FactFile.V8 => new VersionFacts { V8 = JoinV8(text) },
            FactFile.Uv => new VersionFacts { Uv = Join(UvPart().Matches(text), "MAJOR", "MINOR", "PATCH") },
            FactFile.Zlib => new VersionFacts { Zlib = TextOf(ZlibVersion().Match(text)) },
            FactFile.OpenSsl => new VersionFacts { OpenSsl = OpenSslOf(text) },
            FactFile.Npm => new VersionFacts { Npm = NpmOf(text) },
            _ => VersionFacts.None,
        };
        Facts = Facts.Or(found);
    }

    private static FactFile KindOf(string path) => path switch
    {
        "include/node/node_version.h" or "src/node_version.h" => FactFile.NodeVersion,
        "src/node.h" => FactFile.Node,
        "include/node/v8-version.h" or "deps/v8/include/v8-version.h" or "deps/v8/src/version.cc" => FactFile.V8,
        "include/node/uv/version.h" or "include/node/uv-version.h" or "include/node/uv.h" => FactFile.Uv,
        "deps/uv/include/uv/version.h" or "deps/uv/include/uv-version.h" or "deps/uv/include/uv.h" or "deps/uv/src/version.c" => FactFile.Uv,
        "include/node/zlib.h" or "deps/zlib/zlib.h" => FactFile.Zlib,
        "lib/node_modules/npm/package.json" or "deps/npm/package.json" => FactFile.Npm,

        // OpenSSL 3 has a header for each platform, and at the usual place one that includes them.
        _ when path.EndsWith("/opensslv.h", StringComparison.Ordinal)
            && (path.StartsWith("include/node/openssl/", StringComparison.Ordinal) || path.StartsWith("deps/openssl/", StringComparison.Ordinal)) => FactFile.OpenSsl,
        _ => FactFile.None,
    };

    private VersionFacts ReadNodeVersion(string text)
    {
        Number ??= Join(NodePart().Matches(text), "MAJOR", "MINOR", "PATCH");

        // Versions before there was long-term support say nothing of it; that is not the same as saying no.
        LtsStatus? lts = LtsFlag().Match(text) is not { Success: true } flag ? null
            : flag.Groups[1].Value == "0" ? LtsStatus.None
            : TextOf(LtsCodename().Match(text)) is { Length: > 0 } codename ? new LtsStatus(codename) : null;
        return new VersionFacts { Modules = ModulesOf(text), Lts = lts };
    }

    // The first that is a number: others stand for what embedders define. Of old also in brackets, and in hexadecimal.
    private static string? ModulesOf(string text)
    {
        if (TextOf(ModuleVersion().Match(text)) is not { } number)
        {
            return null;
        }

        var isHex = number.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        return int.TryParse(isHex ? number[2..] : number, isHex ? NumberStyles.HexNumber : NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value.ToString(CultureInfo.InvariantCulture)
            : null;
    }

    private static string? JoinV8(string text)
    {
        var parts = V8Part().Matches(text);
        return Join(parts, "MAJOR_VERSION", "MINOR_VERSION", "BUILD_NUMBER", "PATCH_LEVEL");
    }

    // "OpenSSL 1.0.2s-fips  28 May 2019" is built without FIPS; only the header speaks of both. Version 3 states its parts, too.
    private static string? OpenSslOf(string text)
    {
        const string Fips = "-fips";
        if (TextOf(OpenSslText().Match(text)) is { } version)
        {
            return version.EndsWith(Fips, StringComparison.Ordinal) ? version[..^Fips.Length] : version;
        }

        return TextOf(OpenSslFull().Match(text));
    }

    private static string? NpmOf(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("version", out var version)
                && version.ValueKind == JsonValueKind.String
                && version.GetString() is { Length: > 0 } found && !found.Any(char.IsControl)
                ? found
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // libuv had no patch number at first; whatever else is missing makes it no version.
    private static string? Join(MatchCollection matches, params ReadOnlySpan<string> names)
    {
        var parts = new List<string>();
        foreach (var name in names)
        {
            if (matches.FirstOrDefault(match => match.Groups[1].Value == name) is { } match)
            {
                parts.Add(match.Groups[2].Value);
            }
            else if (name != "PATCH")
            {
                return null;
            }
        }

        return string.Join('.', parts);
    }

    private static string? TextOf(Match match) => match.Success ? match.Groups[1].Value : null;

    [GeneratedRegex(@"^[ \t]*#[ \t]*define[ \t]+NODE_(MAJOR|MINOR|PATCH)_VERSION[ \t]+(\d+)", RegexOptions.Multiline)]
    private static partial Regex NodePart();

    [GeneratedRegex(@"^[ \t]*#[ \t]*define[ \t]+NODE_VERSION_IS_LTS[ \t]+([01])\b", RegexOptions.Multiline)]
    private static partial Regex LtsFlag();

    [GeneratedRegex(@"^[ \t]*#[ \t]*define[ \t]+NODE_VERSION_LTS_CODENAME[ \t]+""([^""\r\n]*)""", RegexOptions.Multiline)]
    private static partial Regex LtsCodename();

    [GeneratedRegex(@"^[ \t]*#[ \t]*define[ \t]+NODE_MODULE_VERSION[ \t]+\(?(0[xX][0-9a-fA-F]+|\d+)\b", RegexOptions.Multiline)]
    private static partial Regex ModuleVersion();

    // V8_MAJOR_VERSION in the header, MAJOR_VERSION in the version.cc of old.
    [GeneratedRegex(@"^[ \t]*#[ \t]*define[ \t]+(?:V8_)?(MAJOR_VERSION|MINOR_VERSION|BUILD_NUMBER|PATCH_LEVEL)[ \t]+(\d+)", RegexOptions.Multiline)]
    private static partial Regex V8Part();

    [GeneratedRegex(@"^[ \t]*#[ \t]*define[ \t]+UV_VERSION_(MAJOR|MINOR|PATCH)[ \t]+(\d+)", RegexOptions.Multiline)]
    private static partial Regex UvPart();

    [GeneratedRegex(@"^[ \t]*#[ \t]*define[ \t]+ZLIB_VERSION[ \t]+""([^""\r\n]+)""", RegexOptions.Multiline)]
    private static partial Regex ZlibVersion();

    [GeneratedRegex(@"^[ \t]*#[ \t]*define[ \t]+OPENSSL_VERSION_TEXT[ \t]+""OpenSSL[ ]+([^ ""\r\n]+)", RegexOptions.Multiline)]
    private static partial Regex OpenSslText();

    [GeneratedRegex(@"^[ \t]*#[ \t]*define[ \t]+OPENSSL_FULL_VERSION_STR[ \t]+""([^""\r\n]+)""", RegexOptions.Multiline)]
    private static partial Regex OpenSslFull();

    private enum FactFile
    {
        None,
        NodeVersion,
        Node,
        V8,
        Uv,
        Zlib,
        OpenSsl,
        Npm,
    }
}
