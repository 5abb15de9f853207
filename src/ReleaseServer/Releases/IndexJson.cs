using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ReleaseServer.Releases;

/// <summary>Writes and reads <c>index.json</c>: an array of the versions of a channel, newest first, one object a line.</summary>
/// <remarks>Byte for byte as nodejs.org writes it: no blanks, members that a version lacks left out, <c>lts</c> false or a codename.</remarks>
internal static class IndexJson
{
    public const string FileName = "index.json";

    private const string DateForm = "yyyy-MM-dd";

    // The default would write the plus of "3.0.17+quic" as an escape.
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    public static byte[] Write(IEnumerable<IndexEntry> entries)
    {
        using var buffer = new MemoryStream();
        buffer.Write("[\n"u8);
        using (var json = new Utf8JsonWriter(buffer, Plain))
        {
            var isFirst = true;
            foreach (var entry in entries)
            {
                buffer.Write(isFirst ? ""u8 : ",\n"u8);
                isFirst = false;
                Write(json, entry);
                json.Flush();
                json.Reset();
            }

            buffer.Write(isFirst ? "]\n"u8 : "\n]\n"u8);
        }

        return buffer.ToArray();
    }

    /// <summary>Reads a document; what cannot be used is added to <paramref name="faults"/> with the row, counted from 0, and its version.</summary>
    /// <remarks>A member that is not known is a fault: written anew, the document would lose it.</remarks>
    /// <returns>The entries in the document's order; those with faults are left out.</returns>
    public static IReadOnlyList<IndexEntry> Read(ReadOnlyMemory<byte> utf8, ICollection<string> faults)
    {
        var entries = new List<IndexEntry>();
        try
        {
            using var document = JsonDocument.Parse(utf8, Strict);
            if (document.RootElement.ValueKind != JsonValueKind.Array)
            {
                faults.Add($"{FileName}: must be an array of versions");
                return entries;
            }

            var names = new HashSet<string>(StringComparer.Ordinal);
            var number = 0;
            foreach (var element in document.RootElement.EnumerateArray())
            {
                var row = new Row(element, number++, faults);
                if (row.Read() is { } entry)
                {
                    if (!names.Add(entry.Version))
                    {
                        row.Fault("is there twice");
                    }

                    entries.Add(entry);
                }
            }
        }
        catch (JsonException exception)
        {
            faults.Add($"{FileName}: line {exception.LineNumber + 1} is not JSON: {exception.Message}");
        }

        return entries;
    }

    private static void Write(Utf8JsonWriter json, IndexEntry entry)
    {
        json.WriteStartObject();
        json.WriteString("version", entry.Version);
        json.WriteString("date", entry.DateText);
        json.WriteStartArray("files");
        foreach (var token in entry.Files)
        {
            json.WriteStringValue(token);
        }

        json.WriteEndArray();
        foreach (var (name, value) in entry.Values)
        {
            if (value is not null)
            {
                json.WriteString(name, value);
            }
            else if (name == "lts")
            {
                json.WriteBoolean(name, false);
            }
        }

        json.WriteBoolean("security", entry.Security);
        json.WriteEndObject();
    }

    // One object of the array.
    private sealed class Row(JsonElement element, int number, ICollection<string> faults)
    {
        private readonly Dictionary<string, string?> _texts = new(StringComparer.Ordinal);
        private readonly List<string> _files = [];
        private bool _security;
        private bool _isGood = true;

        public void Fault(string what)
        {
            _isGood = false;
            var version = _texts.GetValueOrDefault("version") is { } text ? $" ({text})" : "";
            faults.Add($"{FileName}: row {number}{version}: {what}");
        }

        public IndexEntry? Read()
        {
            if (element.ValueKind != JsonValueKind.Object)
            {
                Fault("is no object");
                return null;
            }

            foreach (var member in element.EnumerateObject())
            {
                Read(member.Name, member.Value);
            }

            if (_texts.GetValueOrDefault("version") is not { Length: > 0 } version)
            {
                Fault("version is missing");
                return null;
            }

            if (!DateOnly.TryParseExact(_texts.GetValueOrDefault("date"), DateForm, CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
            {
                Fault($"date must be a day, such as 2026-08-05; is '{_texts.GetValueOrDefault("date")}'");
            }

            return !_isGood ? null : new IndexEntry(version, date, _files)
            {
                Npm = _texts.GetValueOrDefault("npm"),
                V8 = _texts.GetValueOrDefault("v8"),
                Uv = _texts.GetValueOrDefault("uv"),
                Zlib = _texts.GetValueOrDefault("zlib"),
                OpenSsl = _texts.GetValueOrDefault("openssl"),
                Modules = _texts.GetValueOrDefault("modules"),
                Lts = _texts.GetValueOrDefault("lts"),
                Security = _security,
            };
        }

        private void Read(string name, JsonElement value)
        {
            switch (name)
            {
                case "files" when value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(static token => token.ValueKind == JsonValueKind.String):
                    _files.AddRange(value.EnumerateArray().Select(static token => token.GetString()!));
                    break;
                case "files":
                    Fault("files must be an array of strings");
                    break;
                case "security" when value.ValueKind is JsonValueKind.True or JsonValueKind.False:
                    _security = value.GetBoolean();
                    break;
                case "security":
                    Fault("security must be true or false");
                    break;
                case "lts" when value.ValueKind == JsonValueKind.False:
                    break;
                case "version" or "date" or "npm" or "v8" or "uv" or "zlib" or "openssl" or "modules" or "lts":
                    ReadText(name, value);
                    break;
                default:
                    Fault($"the member '{name}' is not known, and would be lost");
                    break;
            }
        }

        private void ReadText(string name, JsonElement value)
        {
            if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text && !text.Any(char.IsControl))
            {
                _texts[name] = text;
            }
            else if (value.ValueKind != JsonValueKind.Null)
            {
                Fault($"{name} must be a text");
            }
        }
    }
}
