using System.Globalization;
using System.Text.Json;
using ReleaseServer.Buckets;
using ReleaseServer.Caching;

namespace ReleaseServer.Site;

/// <summary>One entry of the purge log: <c>.release-server/purges/NNNNNNNNNN.json</c>, never changed once written.</summary>
/// <param name="Number">Counts up by one; the newest that counts is <see cref="GenerationDocument.Purges"/>.</param>
/// <param name="Time">When, UTC.</param>
internal sealed record PurgeEntry(long Number, DateTimeOffset Time, PurgeNote Note)
{
    /// <summary>All entries are beneath it.</summary>
    public const string Prefix = AssetKey.ReservedPrefix + Folder;

    private const string Folder = "purges/";
    private const string Extension = ".json";

    public static AssetKey KeyOf(long number) => AssetKey.Own(NameOf(number));

    /// <summary>The number of the entry that a key holds; false for any other key.</summary>
    public static bool TryGetNumber(string key, out long number)
    {
        number = 0;
        return key.StartsWith(Prefix, StringComparison.Ordinal)
            && key.EndsWith(Extension, StringComparison.Ordinal)
            && key.Length > Prefix.Length + Extension.Length
            && long.TryParse(key.AsSpan()[Prefix.Length..^Extension.Length], NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    public byte[] Write()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteNumber("format", 1);
            json.WriteNumber("number", Number);
            json.WriteString("time", PublishedDate.Format(Time));
            WriteOptional(json, "by", Note.By);
            WriteOptional(json, "reason", Note.Reason);
            json.WriteBoolean("hard", Note.Purge.IsHard);
            json.WriteBoolean("all", Note.Purge.All);
            json.WriteStartArray("tags");
            foreach (var tag in Note.Purge.Tags)
            {
                json.WriteStringValue(tag.ToString());
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    /// <param name="number">Which entry it must be.</param>
    /// <param name="utf8">The document.</param>
    /// <exception cref="SiteDataException">Names every fault.</exception>
    public static PurgeEntry Read(long number, ReadOnlyMemory<byte> utf8)
    {
        var faults = new List<SiteFault>();
        PurgeEntry? entry = null;
        if (JsonRow.ParseFile(NameOf(number), utf8, faults) is { } file)
        {
            var written = file.RequiredNumber("number", 1, int.MaxValue);
            if (written is { } other && other != number)
            {
                file.Fault($"number must be {number}, is {other}");
            }

            var (time, by, reason) = (PublishedDate.Read(file, "time"), file.OptionalText("by"), file.OptionalText("reason"));
            var (hard, all, tags) = (file.Flag("hard", false), file.Flag("all", false), ReadTags(file));
            file.RefuseUnread();
            entry = new PurgeEntry(number, time, new PurgeNote(new CachePurge(tags, all, hard), by, reason));
        }

        return faults.Count == 0 ? entry! : throw new SiteDataException(faults);
    }

    private static string NameOf(long number) => string.Create(CultureInfo.InvariantCulture, $"{Folder}{number:D10}{Extension}");

    private static List<SurrogateKey> ReadTags(JsonRow file)
    {
        var tags = new List<SurrogateKey>();
        foreach (var text in file.Texts("tags"))
        {
            if (SurrogateKey.TryParse(text, out var tag))
            {
                tags.Add(tag);
            }
            else
            {
                file.Fault($"'{text}' is no tag that is known here");
            }
        }

        return tags;
    }

    private static void WriteOptional(Utf8JsonWriter json, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            json.WriteString(name, value);
        }
    }
}
