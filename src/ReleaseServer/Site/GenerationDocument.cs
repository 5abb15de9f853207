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
            json.WriteString("published", Published.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
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
            if (file.Number("generation", 1, int.MaxValue) is not { } generation)
            {
                generation = 0;
                file.Fault("generation is missing");
            }

            var styles = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
            if (!DateTimeOffset.TryParse(file.Text("published"), CultureInfo.InvariantCulture, styles, out var published))
            {
                file.Fault("published must be a date, such as 2026-08-05T14:03:00Z");
            }

            document = new GenerationDocument(generation, file.OptionalText("links"), file.Flag("catalog", false), published);
            file.RefuseUnread();
        }

        return faults.Count == 0 ? document : throw new SiteDataException(faults);
    }
}
