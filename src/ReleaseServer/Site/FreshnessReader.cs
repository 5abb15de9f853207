using ReleaseServer.Caching;

namespace ReleaseServer.Site;

/// <summary>Reads <c>freshness.json</c>.</summary>
internal static class FreshnessReader
{
    // A year: what is said to be fresh for longer is meant to be immutable.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(365);

    /// <returns>Of no use where a fault was noted.</returns>
    public static FreshnessRules Read(JsonRow file)
    {
        var catalog = file.OptionalText("catalog") ?? "advisory";
        if (catalog is not ("advisory" or "authoritative"))
        {
            file.Fault($"catalog must be advisory or authoritative, is '{catalog}'");
        }

        var classes = ReadClasses(file);
        var objects = ReadObjects(file, classes);
        var rules = new FreshnessRules(
            catalog == "authoritative",
            [.. classes.Values],
            objects,
            Named(file, "default", file.Text("default"), classes),
            Named(file, "listings", file.Text("listings"), classes),
            Named(file, "absence", file.Text("absence"), classes));
        file.RefuseUnread();
        return rules;
    }

    private static OrderedDictionary<string, FreshnessClass> ReadClasses(JsonRow file)
    {
        var classes = new OrderedDictionary<string, FreshnessClass>(StringComparer.Ordinal);
        foreach (var row in file.Rows("classes"))
        {
            var name = row.Text("name");
            var read = new FreshnessClass(
                name ?? "",
                row.RequiredDuration("lifetime", Longest) ?? default,
                row.Duration("staleWhileRevalidate", Longest) ?? TimeSpan.Zero,
                row.Duration("staleIfError", Longest) ?? FreshnessRules.DefaultStaleIfError)
            {
                IsImmutable = row.Flag("immutable", false),
                MustBeJson = row.Flag("json", false),
            };
            row.RefuseUnread();

            // It goes out in header fields, in lists.
            if (name is not null && !name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
            {
                row.Fault($"name must be letters, digits, dots and dashes, is '{name}'");
            }

            if (!classes.TryAdd(read.Name, read) && name is not null)
            {
                row.Fault($"{name} is the name of two classes");
            }
        }

        if (classes.Count == 0)
        {
            file.Fault("classes must hold at least one row");
        }

        return classes;
    }

    private static List<FreshnessRow> ReadObjects(JsonRow file, OrderedDictionary<string, FreshnessClass> classes)
    {
        var objects = new List<FreshnessRow>();
        foreach (var row in file.Rows("objects"))
        {
            var (keys, ofClass) = (row.Text("keys"), Named(row, "class", row.Text("class"), classes));
            row.RefuseUnread();
            if (keys is null)
            {
                continue;
            }

            if (!KeyPattern.TryParse(keys, out var pattern))
            {
                row.Fault($"keys must be a key with * in segments and ** for segments, and no slash at either end; is '{keys}'");
            }

            // The first row that matches decides, so a row like an earlier one would be dead data.
            if (objects.Find(earlier => earlier.Keys.Text == keys || earlier.Keys.Text == "**") is { } before)
            {
                row.Fault($"{keys} is never reached: {before.Keys} stands before it");
            }

            objects.Add(new FreshnessRow(pattern, ofClass));
        }

        return objects;
    }

    private static FreshnessClass Named(JsonRow row, string member, string? name, OrderedDictionary<string, FreshnessClass> classes)
    {
        if (name is not null && classes.TryGetValue(name, out var found))
        {
            return found;
        }

        if (name is not null)
        {
            row.Fault($"{member} must name one of the classes, is '{name}'");
        }

        return FreshnessRules.Neutral.Default;
    }
}
