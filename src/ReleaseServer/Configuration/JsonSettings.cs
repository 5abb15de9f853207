using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace ReleaseServer.Configuration;

/// <summary>Reads a settings file: sections as objects, settings as their members. Comments and trailing commas are allowed.</summary>
/// <param name="fileName">How faults call the file.</param>
internal sealed class JsonSettings(string fileName, SettingsSchema schema, SettingsLayer layer, ICollection<SettingFault> faults)
{
    private readonly Dictionary<string, string> _sections = new(StringComparer.OrdinalIgnoreCase);

    /// <returns><see langword="false"/> if the file is broken, so that settings may be missing.</returns>
    public bool TryRead(ReadOnlySpan<byte> json)
    {
        json = json.StartsWith(Encoding.UTF8.Preamble) ? json[Encoding.UTF8.Preamble.Length..] : json;
        if (!Utf8.IsValid(json))
        {
            faults.Add(new SettingFault("", fileName, "is not UTF-8 text"));
            return false;
        }

        var reader = new Utf8JsonReader(json, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        try
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                faults.Add(new SettingFault("", fileName, "must be an object with sections"));
                return false;
            }

            ReadSection(ref reader, json, "");
            reader.Read();
            return true;
        }
        catch (JsonException fault)
        {
            // The library's message may quote the text it stumbled over, which may be a secret.
            var position = fault.BytePositionInLine + 1;
            faults.Add(new SettingFault(
                "",
                string.Create(CultureInfo.InvariantCulture, $"{fileName} line {fault.LineNumber + 1}"),
                string.Create(CultureInfo.InvariantCulture, $"is not valid JSON at position {position}")));
            return false;
        }
        catch (InvalidOperationException)
        {
            faults.Add(new SettingFault("", Source(in reader, json), "holds an escape that is not a character"));
            return false;
        }
    }

    private void ReadSection(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, string section)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var source = Source(in reader, json);
            var member = reader.GetString()!;
            var name = section.Length == 0 ? member : $"{section}:{member}";
            reader.Read();
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                ReadObject(ref reader, json, name, source);
            }
            else if (reader.TokenType == JsonTokenType.StartArray)
            {
                ReadArray(ref reader, json, name, source);
            }
            else if (schema.ShapeOf(name) == SettingShape.Section)
            {
                faults.Add(new SettingFault(name, source, "must be an object with settings, is a single value"));
            }
            else
            {
                layer.Add(name, Text(in reader), source);
            }
        }
    }

    private void ReadObject(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, string name, string source)
    {
        switch (schema.ShapeOf(name))
        {
            case SettingShape.Section:
                if (!_sections.TryAdd(name, source))
                {
                    layer.AddTwice(name, source, _sections[name]);
                }

                ReadSection(ref reader, json, name);
                return;
            case SettingShape.Single:
                faults.Add(new SettingFault(schema.Find(name)!.Name, source, "must be a single value, is an object"));
                break;
            case SettingShape.List:
                faults.Add(new SettingFault(schema.Find(name)!.Name, source, "must be an array, is an object"));
                break;
            default:
                layer.AddUnknown(name, source);
                break;
        }

        reader.Skip();
    }

    private void ReadArray(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, string name, string source)
    {
        if (schema.IsListOfSections(name))
        {
            ReadSections(ref reader, json, name, source);
            return;
        }

        if (schema.Find(name) is not { IsList: true } list)
        {
            switch (schema.ShapeOf(name))
            {
                case SettingShape.Single:
                    faults.Add(new SettingFault(schema.Find(name)!.Name, source, "must be a single value, is an array"));
                    break;
                case SettingShape.Section:
                    faults.Add(new SettingFault(name, source, "must be an object with settings, is an array"));
                    break;
                default:
                    layer.AddUnknown(name, source);
                    break;
            }

            reader.Skip();
            return;
        }

        var elements = new List<string>();
        var areSingle = true;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
            {
                areSingle = false;
                reader.Skip();
            }
            else
            {
                elements.Add(Text(in reader));
            }
        }

        if (areSingle)
        {
            layer.AddList(list, elements, source);
        }
        else
        {
            faults.Add(new SettingFault(list.Name, source, "must be an array of single values, holds an object or array"));
        }
    }

    private void ReadSections(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, string name, string source)
    {
        for (var i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                faults.Add(new SettingFault(name, Source(in reader, json), "must be an array of objects with settings, holds another value"));
                reader.Skip();
            }
            else if (i == SettingsSchema.MostElements)
            {
                faults.Add(new SettingFault(
                    name, source, string.Create(CultureInfo.InvariantCulture, $"has more than {SettingsSchema.MostElements} elements")));
                reader.Skip();
            }
            else if (i > SettingsSchema.MostElements)
            {
                reader.Skip();
            }
            else
            {
                ReadObject(ref reader, json, string.Create(CultureInfo.InvariantCulture, $"{name}:{i}"), Source(in reader, json));
            }
        }
    }

    private static string Text(in Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.String => reader.GetString()!,
        JsonTokenType.Null => "",
        _ => Encoding.UTF8.GetString(reader.ValueSpan),
    };

    private string Source(in Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        var line = json[..(int)reader.TokenStartIndex].Count((byte)'\n') + 1;
        return string.Create(CultureInfo.InvariantCulture, $"{fileName} line {line}");
    }
}
