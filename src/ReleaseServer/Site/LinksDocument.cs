using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using ReleaseServer.Buckets;

namespace ReleaseServer.Site;

/// <summary>
/// What one publication says: <c>.release-server/links/GENERATION-DIGEST.json</c>, one object for each publication of links, never changed once
/// written. All that a promotion or a rollback moves is in it, so that it moves for a reader at once.
/// </summary>
/// <param name="Generation">That of its publication.</param>
/// <param name="Links">As published, not flattened.</param>
internal sealed record LinksDocument(long Generation, IReadOnlyList<Link> Links)
{
    public static readonly LinksDocument None = new(0, []);

    private const string UntilMember = "until";

    /// <summary>What names that are absent under a link's target are looked for under, until a time.</summary>
    public IReadOnlyList<OtherTarget> Overlap { get; init; } = [];

    /// <summary>Documents that are answered in the place of objects, such as the index of a channel.</summary>
    public IReadOnlyList<PinnedDocument> Documents { get; init; } = [];

    /// <summary>Versions that are in the bucket and not in listings.</summary>
    public IReadOnlyList<UnlistedVersion> Unlisted { get; init; } = [];

    /// <summary>Name of the document that this one took the place of; null for the first.</summary>
    public string? Replaces { get; init; }

    /// <summary>The version's directory that this publication made known, ending in a slash; null where it was no promotion.</summary>
    public string? Promoted { get; init; }

    /// <summary>The document's name: its digest keeps two publishers of one generation from overwriting each other.</summary>
    public static string NameOf(long generation, ReadOnlySpan<byte> content) =>
        $"links/{generation}-{Convert.ToHexStringLower(SHA256.HashData(content))[..12]}.json";

    /// <summary>Whether a text can be the name of a links document.</summary>
    public static bool IsName(string text) => text.StartsWith("links/", StringComparison.Ordinal) && AssetKey.TryCreateOwn(text, out _);

    /// <summary>The generation in a document's name; null for a name of another form.</summary>
    public static long? GenerationOf(string name) =>
        IsName(name) && long.TryParse(name["links/".Length..].Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var generation)
            ? generation
            : null;

    public byte[] Write()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteNumber("format", 1);
            json.WriteNumber("generation", Generation);
            WriteOptional(json, "replaces", Replaces);
            WriteOptional(json, "promoted", Promoted);
            WriteRows(json, "links", Links, WriteLink, isOptional: false);
            WriteRows(json, "overlap", Overlap, static (json, row) =>
            {
                WriteLink(json, row.Link);
                json.WriteString(UntilMember, PublishedDate.Format(row.Until));
            });
            WriteRows(json, "documents", Documents, static (json, row) =>
            {
                json.WriteString("key", row.Key);
                json.WriteString("document", row.Name);
                json.WriteNumber("size", row.Length);
                json.WriteString("modified", PublishedDate.Format(row.Modified));
            });
            WriteRows(json, "unlisted", Unlisted, static (json, row) =>
            {
                json.WriteString("directory", row.Directory);
                json.WriteString("state", UnlistedVersion.NameOf(row.State));
            });
            json.WriteEndObject();
        }

        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    /// <exception cref="SiteDataException">Names every fault with row.</exception>
    public static LinksDocument Read(string name, ReadOnlyMemory<byte> utf8)
    {
        var faults = new List<SiteFault>();
        var document = None;
        if (JsonRow.ParseFile(name, utf8, faults) is { } file)
        {
            var generation = file.RequiredNumber("generation", 1, int.MaxValue) ?? 0;
            if (!file.Has("links"))
            {
                file.Fault("links is missing");
            }

            document = new LinksDocument(generation, [.. ReadRows(file, "links", ReadLink)])
            {
                Overlap = [.. ReadRows(file, "overlap", ReadOverlap)],
                Documents = [.. ReadRows(file, "documents", ReadDocument)],
                Unlisted = [.. ReadRows(file, "unlisted", ReadUnlisted)],
                Replaces = file.OptionalText("replaces"),
                Promoted = file.OptionalText("promoted"),
            };
            if (document.Replaces is { } replaces && !IsName(replaces))
            {
                file.Fault($"replaces must name a document, such as links/7-0123456789ab.json; is '{replaces}'");
            }

            file.RefuseUnread();
        }

        return faults.Count == 0 ? document : throw new SiteDataException(faults);
    }

    private static IEnumerable<T> ReadRows<T>(JsonRow file, string name, Func<JsonRow, T?> read)
        where T : class
    {
        foreach (var row in file.Rows(name))
        {
            var item = read(row);
            row.RefuseUnread();
            if (item is not null)
            {
                yield return item;
            }
        }
    }

    private static Link? ReadLink(JsonRow row)
    {
        var (link, target, directory) = (row.Text("link"), row.Text("target"), row.Flag("directory", false));
        CheckKey(row, link);
        CheckKey(row, target);
        return link is not null && target is not null ? new Link(link, target, directory) : null;
    }

    private static OtherTarget? ReadOverlap(JsonRow row)
    {
        var until = PublishedDate.Read(row, UntilMember);
        return ReadLink(row) is { } link ? new OtherTarget(link, until) : null;
    }

    private static PinnedDocument? ReadDocument(JsonRow row)
    {
        var (key, name, length, modified) = (row.Text("key"), row.Text("document"), row.RequiredNumber("size", 0, int.MaxValue), PublishedDate.Read(row, "modified"));
        CheckKey(row, key);
        if (name is not null && !PinnedDocument.IsName(name))
        {
            row.Fault($"document must name a document, such as documents/7-0123456789ab/index.json; is '{name}'");
        }

        return key is not null && name is not null ? new PinnedDocument(key, name, length ?? 0, modified) : null;
    }

    private static UnlistedVersion? ReadUnlisted(JsonRow row)
    {
        var (directory, text) = (row.Text("directory"), row.Text("state"));
        if (directory is not null && !AssetKey.TryCreateMarker(directory, out _))
        {
            row.Fault($"directory must be a directory that is served, with a slash at its end; is '{directory}'");
        }

        var state = UnlistedVersion.StateOf(text);
        if (text is not null && state is null)
        {
            row.Fault($"state must be staged, hidden or withdrawn; is '{text}'");
        }

        return directory is not null && state is { } known ? new UnlistedVersion(directory, known) : null;
    }

    private static void WriteRows<T>(Utf8JsonWriter json, string name, IReadOnlyList<T> rows, Action<Utf8JsonWriter, T> write, bool isOptional = true)
    {
        if (rows.Count == 0 && isOptional)
        {
            return;
        }

        json.WriteStartArray(name);
        foreach (var row in rows)
        {
            json.WriteStartObject();
            write(json, row);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteLink(Utf8JsonWriter json, Link link)
    {
        json.WriteString("link", link.Name);
        json.WriteString("target", link.Target);
        json.WriteBoolean("directory", link.IsDirectory);
    }

    private static void WriteOptional(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static void CheckKey(JsonRow row, string? key)
    {
        if (key is not null && !AssetKey.TryCreate(key, out _))
        {
            row.Fault($"'{key}' is not the key of anything that is served");
        }
    }
}
