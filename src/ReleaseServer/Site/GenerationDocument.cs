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

    public static readonly AssetKey Key = AssetKey.Own(Name);

    public static readonly GenerationDocument None = new(0, null, false, DateTimeOffset.UnixEpoch);

    /// <summary>Number of the newest entry of the purge log; 0 while there is none. A purge alone moves this and nothing else.</summary>
    public long Purges { get; init; }

    /// <summary>Whether another document publishes the same links and catalog, whatever was purged between.</summary>
    public bool IsSameSite(GenerationDocument other) =>
        (Generation, Links, HasCatalog) == (other.Generation, other.Links, other.HasCatalog);

    public byte[] Write()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteNumber("format", 1);
            json.WriteNumber("generation", Generation);
            json.WriteString("published", PublishedDate.Format(Published));
            if (Links is not null)
            {
                json.WriteString("links", Links);
            }

            json.WriteBoolean("catalog", HasCatalog);
            if (Purges > 0)
            {
                json.WriteNumber("purges", Purges);
            }

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
            // Something may be purged before anything is published.
            var purges = file.Number("purges", 1, int.MaxValue) ?? 0;
            document = new GenerationDocument(
                file.RequiredNumber("generation", purges > 0 ? 0 : 1, int.MaxValue) ?? 0,
                ReadLinks(file),
                file.Flag("catalog", false),
                PublishedDate.Read(file, "published"))
            {
                Purges = purges,
            };
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
}
