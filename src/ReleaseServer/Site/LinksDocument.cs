using System.Security.Cryptography;
using System.Text.Json;
using ReleaseServer.Buckets;

namespace ReleaseServer.Site;

/// <summary>The published links: <c>.release-server/links/GENERATION-DIGEST.json</c>, one object for each publication, never changed once written.</summary>
internal static class LinksDocument
{
    /// <summary>The document's name: its digest keeps two publishers of one generation from overwriting each other.</summary>
    public static string NameOf(long generation, ReadOnlySpan<byte> content) =>
        $"links/{generation}-{Convert.ToHexStringLower(SHA256.HashData(content))[..12]}.json";

    public static byte[] Write(long generation, IEnumerable<Link> links)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteNumber("format", 1);
            json.WriteNumber("generation", generation);
            json.WriteStartArray("links");
            foreach (var link in links)
            {
                json.WriteStartObject();
                json.WriteString("link", link.Name);
                json.WriteString("target", link.Target);
                json.WriteBoolean("directory", link.IsDirectory);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    /// <returns>The links as published, not flattened.</returns>
    /// <exception cref="SiteDataException">Names every fault with row.</exception>
    public static IReadOnlyList<Link> Read(string name, ReadOnlyMemory<byte> utf8)
    {
        var faults = new List<SiteFault>();
        var links = new List<Link>();
        if (JsonRow.ParseFile(name, utf8, faults) is { } file)
        {
            _ = file.Number("generation", 0, int.MaxValue);
            foreach (var row in file.Rows("links"))
            {
                var (link, target, directory) = (row.Text("link"), row.Text("target"), row.Flag("directory", false));
                row.RefuseUnread();
                CheckKey(row, link);
                CheckKey(row, target);
                if (link is not null && target is not null)
                {
                    links.Add(new Link(link, target, directory));
                }
            }

            file.RefuseUnread();
        }

        return faults.Count == 0 ? links : throw new SiteDataException(faults);
    }

    private static void CheckKey(JsonRow row, string? key)
    {
        if (key is not null && !AssetKey.TryCreate(key, out _))
        {
            row.Fault($"'{key}' is not the key of anything that is served");
        }
    }
}
