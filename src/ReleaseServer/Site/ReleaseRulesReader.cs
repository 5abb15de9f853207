using ReleaseServer.Buckets;

namespace ReleaseServer.Site;

/// <summary>Reads <c>releases.json</c>.</summary>
internal static class ReleaseRulesReader
{
    public static ReleaseRules Read(JsonRow file)
    {
        var channels = new List<ReleaseChannel>();
        foreach (var row in file.Rows("channels"))
        {
            var (directory, versions) = (row.TextOrEmpty("directory"), row.Text("versions"));
            var lines = row.Rows("lines").Select(ReadLine).OfType<LineRule>().ToList();
            var lineNames = lines.Where(line => !line.IsPattern).Select(line => line.Link).ToList();
            var links = row.Rows("links").Select(link => ReadLink(link, lineNames)).OfType<LinkRule>().ToList();
            var (hasIndex, prerelease) = (row.Flag("index", false), row.OptionalText("prerelease"));
            var unsummed = ReadPatterns(row, "unsummed");
            var (files, marker, isPartial) = (row.Texts("files"), row.OptionalText("marker"), row.Flag("partial", false));
            foreach (var required in files)
            {
                CheckPlaceholders(row, "files", required, ["name", "version"]);
            }

            row.RefuseUnread();
            if (directory is null || versions is null)
            {
                continue;
            }

            if (directory.Length > 0)
            {
                CheckKey(row, "directory", directory);
            }

            if (versions.Split("{version}").Length != 2 || versions.Contains('/'))
            {
                row.Fault($"versions must be a name with {{version}} in it once, such as v{{version}}; is '{versions}'");
            }

            channels.Add(new ReleaseChannel(directory, versions, lines, links)
            {
                HasIndex = hasIndex,
                Prerelease = prerelease,
                Unsummed = unsummed,
                Files = files,
                Marker = marker,
                IsPartial = isPartial,
            });
        }

        file.RefuseUnread();
        return new ReleaseRules(channels);
    }

    private static List<KeyPattern> ReadPatterns(JsonRow row, string member)
    {
        var patterns = new List<KeyPattern>();
        foreach (var text in row.Texts(member))
        {
            if (KeyPattern.TryParse(text, out var pattern))
            {
                patterns.Add(pattern);
            }
            else
            {
                row.Fault($"{member} must be names in a version's directory, with * and ** as in freshness.json; one is '{text}'");
            }
        }

        return patterns;
    }

    private static LineRule? ReadLine(JsonRow row)
    {
        var link = row.Text("link");
        var rule = new LineRule(
            link ?? "",
            Version(row, "within"),
            Version(row, "from"),
            Version(row, "to"),
            row.Flag("prereleases", false));
        row.RefuseUnread();
        if (link is null)
        {
            return null;
        }

        if (link.Contains('/') || link is "." or "..")
        {
            row.Fault($"link must be a name in the channel's directory, is '{link}'");
        }

        CheckPlaceholders(row, "link", link, ["major", "minor"]);
        if (link.Contains("{minor}", StringComparison.Ordinal) && !link.Contains("{major}", StringComparison.Ordinal))
        {
            row.Fault("{minor} needs {major} beside it");
        }

        return rule;
    }

    private static LinkRule? ReadLink(JsonRow row, List<string> lineNames)
    {
        var (link, target, each) = (row.Text("link"), row.Text("target"), row.OptionalText("each"));
        var scope = each switch
        {
            null => LinkScope.Once,
            "line" => LinkScope.Line,
            "version" => LinkScope.Version,
            _ => (LinkScope?)null,
        };
        if (scope is null)
        {
            row.Fault($"each must be line or version, is '{each}'");
        }

        var rule = new LinkRule(link ?? "", target ?? "", scope ?? LinkScope.Once, Version(row, "from"), Version(row, "to"));
        row.RefuseUnread();
        if (scope != LinkScope.Version && (rule.From ?? rule.To) is not null)
        {
            row.Fault("from and to go with each: version");
        }

        if (link is null || target is null)
        {
            return null;
        }

        CheckKey(row, "link", link);
        CheckKey(row, "target", target);
        string[] placeholders = rule.Each switch
        {
            LinkScope.Line => ["line", "name", .. lineNames],
            LinkScope.Version => ["name", "version", .. lineNames],
            _ => [.. lineNames],
        };
        CheckPlaceholders(row, "link", link, placeholders);
        CheckPlaceholders(row, "target", target, placeholders);
        return rule;
    }

    private static string? Version(JsonRow row, string name)
    {
        var text = row.OptionalText(name);
        if (text is not null && !text.Split('.').All(part => part.Length is > 0 and < 10 && part.All(char.IsAsciiDigit) && (part.Length == 1 || part[0] != '0')))
        {
            row.Fault($"{name} must be numbers with dots, such as 0.10; is '{text}'");
            return null;
        }

        return text;
    }

    private static void CheckPlaceholders(JsonRow row, string member, string text, string[] known)
    {
        for (var start = text.IndexOf('{'); start >= 0; start = text.IndexOf('{', start + 1))
        {
            var end = text.IndexOf('}', start);
            if (end < 0 || !known.Contains(text[(start + 1)..end]))
            {
                row.Fault($"{member} may name only {{{string.Join("} {", known)}}}, is '{text}'");
                return;
            }
        }
    }

    private static void CheckKey(JsonRow row, string member, string key)
    {
        if (!AssetKey.TryCreate(key, out _))
        {
            row.Fault($"{member} must be the key of something that is served, without a slash at either end; is '{key}'");
        }
    }
}
