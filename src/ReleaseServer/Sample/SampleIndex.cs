using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ReleaseServer.Sample;

/// <summary>Writes <c>index.json</c> and <c>index.tab</c> of one channel from the versions and the names of their assets.</summary>
internal static class SampleIndex
{
    // The default would write the plus of "3.0.17+quic" as an escape.
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>One object a line, newest first; members that a version lacks are left out.</summary>
    public static SampleFile Json(IEnumerable<IndexedVersion> versions) =>
        SampleFile.Text("index.json", "[\n" + string.Join(",\n", versions.Select(JsonLine)) + "\n]\n");

    /// <summary>Tab separated, with a row of names; a dash for what is missing or false, and <c>true</c> only for security.</summary>
    public static SampleFile Tab(IEnumerable<IndexedVersion> versions)
    {
        var text = new StringBuilder("version\tdate\tfiles\tnpm\tv8\tuv\tzlib\topenssl\tmodules\tlts\tsecurity\n");
        foreach (var (version, tokens) in versions)
        {
            string?[] row =
            [
                version.Name, version.Date, string.Join(',', tokens), version.Npm, version.V8, version.Uv, version.Zlib,
                version.OpenSsl, version.Modules, version.Lts, version.Security ? "true" : null,
            ];
            text.AppendJoin('\t', row.Select(cell => cell ?? "-")).Append('\n');
        }

        return SampleFile.Text("index.tab", text.ToString());
    }

    private static string JsonLine(IndexedVersion indexed)
    {
        var (version, tokens) = indexed;
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Plain))
        {
            json.WriteStartObject();
            json.WriteString("version", version.Name);
            json.WriteString("date", version.Date);
            json.WriteStartArray("files");
            foreach (var token in tokens)
            {
                json.WriteStringValue(token);
            }

            json.WriteEndArray();
            WriteKnown(json, "npm", version.Npm);
            WriteKnown(json, "v8", version.V8);
            WriteKnown(json, "uv", version.Uv);
            WriteKnown(json, "zlib", version.Zlib);
            WriteKnown(json, "openssl", version.OpenSsl);
            WriteKnown(json, "modules", version.Modules);
            if (version.Lts is null)
            {
                json.WriteBoolean("lts", false);
            }
            else
            {
                json.WriteString("lts", version.Lts);
            }

            json.WriteBoolean("security", version.Security);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static void WriteKnown(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }
}
