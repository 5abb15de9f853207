using System.Globalization;
using System.Text.Json;
using ReleaseServer.Buckets;

namespace ReleaseServer.Site;

/// <summary>What is published now: <c>.release-server/generation.json</c>, the one object that every node polls and every publisher replaces with If-Match.</summary>
/// <param name="Generation">Counts up by one with each publication.</param>
/// <param name="Links">Name of the links document beneath the reserved prefix; null while there are none.</param>
/// <param name="HasCatalog">Whether directories are listed from the catalog.</param>
/// <param name="Published">When, UTC.</param>
internal sealed record GenerationDocument(long Generation, string? Links, bool HasCatalog, DateTimeOffset Published)
{
    public const string Name = "generation.json";

    private const string DateForm = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    public static readonly AssetKey Key = AssetKey.Own(Name);

    public static readonly GenerationDocument None = new(0, null, false, DateTimeOffset.UnixEpoch);

    public byte[] Write()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteNumber("format", 1);
            json.WriteNumber("generation", Generation);
            json.WriteString("published", Published.UtcDateTime.ToString(DateForm, CultureInfo.InvariantCulture));
            if (Links is not null)
            {
                json.WriteString("links", Links);
            }

            json.WriteBoolean("catalog", HasCatalog);
            json.WriteEndObject();
        }

        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    /// <exception cref="SiteDataException">Names every fault.</exception>
    public static GenerationDocument Read(ReadOnlyMemory<byte> utf8)
    {
        var faults = new List<SiteFault>();
        var document = None;
        if (JsonRow.ParseFile(Name, utf8, faults) is { } file)
        {
            document = new GenerationDocument(
                file.RequiredNumber("generation", 1, int.MaxValue) ?? 0,
                ReadLinks(file),
                file.Flag("catalog", false),
                ReadPublished(file));
            file.RefuseUnread();
        }

        return faults.Count == 0 ? document : throw new SiteDataException(faults);
    }

    private static string? ReadLinks(JsonRow file)
    {
        var links = file.OptionalText("links");
        if (links is not null && !LinksDocument.IsName(links))
        {
            file.Fault($"links must name a document, such as links/7-0123456789ab.json; is '{links}'");
        }

        return links;
    }

    private static DateTimeOffset ReadPublished(JsonRow file)
    {
        var published = default(DateTimeOffset);
        if (file.Text("published") is { } text
            && !DateTimeOffset.TryParseExact(text, DateForm, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out published))
        {
            file.Fault($"published must be a date, such as 2026-08-05T14:03:00Z; is '{text}'");
        }

        return published;
    }
}
