using System.Text.Json;
using DurationText = ReleaseServer.Configuration.Duration;

namespace ReleaseServer.Site;

/// <summary>Reads the members of one JSON object of site data and notes every fault with file and row, so that all come out at once.</summary>
internal sealed class JsonRow
{
    private static readonly JsonDocumentOptions Parsing = new()
    {
        // As for misspelt members: the first of two must not be lost in silence.
        AllowDuplicateProperties = false,
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
    };

    private readonly JsonElement _element;
    private readonly string _file;
    private readonly string _row;
    private readonly List<SiteFault> _faults;
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    private JsonRow(JsonElement element, string file, string row, List<SiteFault> faults)
    {
        (_element, _file, _row, _faults) = (element, file, row, faults);
    }

    /// <summary>Parses a file's text; null, and a fault, when it is not a JSON object of format 1.</summary>
    public static JsonRow? ParseFile(string file, ReadOnlyMemory<byte> utf8, List<SiteFault> faults)
    {
        try
        {
            using var document = JsonDocument.Parse(WithoutByteOrderMark(utf8), Parsing);
            var root = document.RootElement.Clone();
            ReadEveryText(root);
            if (root.ValueKind != JsonValueKind.Object)
            {
                faults.Add(new SiteFault(file, "", "must be one JSON object"));
                return null;
            }

            var row = new JsonRow(root, file, "", faults);
            if (row.Number("format", 1, int.MaxValue) is var format and not 1)
            {
                row.Fault($"format must be 1, is {format?.ToString() ?? "absent"}");
                return null;
            }

            return row;
        }
        catch (JsonException exception)
        {
            var row = exception.LineNumber is { } line ? $"line {line + 1}" : "";
            faults.Add(new SiteFault(file, row, "is not JSON: " + exception.Message.Split(" LineNumber")[0]));
            return null;
        }
        catch (InvalidOperationException)
        {
            faults.Add(new SiteFault(file, "", "holds half a character: an escape such as \\ud800 without its other half"));
            return null;
        }
    }

    /// <summary>The name that messages use for this row.</summary>
    public override string ToString() => _row;

    public void Fault(string text) => _faults.Add(new SiteFault(_file, _row, text));

    public bool Has(string name) => _element.TryGetProperty(name, out _);

    public string? OptionalText(string name)
    {
        if (!TryGet(name, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text)
        {
            return text;
        }

        Fault($"{name} must be a text that is not empty");
        return null;
    }

    /// <summary>A text that must be there; null, with a fault, when it is not.</summary>
    public string? Text(string name)
    {
        if (!Has(name))
        {
            Fault($"{name} is missing");
        }

        return OptionalText(name);
    }

    /// <summary>A text that must be there and may be empty.</summary>
    public string? TextOrEmpty(string name) =>
        TryGet(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() == "" ? "" : Text(name);

    public int? Number(string name, int lowest, int highest)
    {
        if (!TryGet(name, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= lowest && number <= highest)
        {
            return number;
        }

        Fault($"{name} must be a whole number from {lowest} to {highest}");
        return null;
    }

    /// <summary>A number that must be there; null, with a fault, when it is not.</summary>
    public int? RequiredNumber(string name, int lowest, int highest)
    {
        if (!Has(name))
        {
            Fault($"{name} is missing");
        }

        return Number(name, lowest, highest);
    }

    /// <summary>A duration as settings write it; null where it is absent.</summary>
    /// <param name="highest">Longest that is good; none is negative.</param>
    public TimeSpan? Duration(string name, TimeSpan highest)
    {
        if (!TryGet(name, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.String && DurationText.TryParse(value.GetString()!, out var duration) && duration <= highest)
        {
            return duration;
        }

        Fault($"{name} must be a duration of at most {DurationText.InWords(highest)}, such as \"500ms\", \"10s\", \"2m\", \"1h\", \"30d\"");
        return null;
    }

    /// <summary>A duration that must be there; null, with a fault, when it is not.</summary>
    public TimeSpan? RequiredDuration(string name, TimeSpan highest)
    {
        if (!Has(name))
        {
            Fault($"{name} is missing");
        }

        return Duration(name, highest);
    }

    public bool Flag(string name, bool fallback)
    {
        if (!TryGet(name, out var value))
        {
            return fallback;
        }

        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.GetBoolean();
        }

        Fault($"{name} must be true or false");
        return fallback;
    }

    /// <summary>The objects of an array; empty where the member is absent.</summary>
    public IReadOnlyList<JsonRow> Rows(string name)
    {
        var rows = new List<JsonRow>();
        foreach (var (element, row) in Elements(name))
        {
            if (element.ValueKind == JsonValueKind.Object)
            {
                rows.Add(new JsonRow(element, _file, row, _faults));
            }
            else
            {
                _faults.Add(new SiteFault(_file, row, "must be an object"));
            }
        }

        return rows;
    }

    /// <summary>The texts of an array; empty where the member is absent.</summary>
    public IReadOnlyList<string> Texts(string name)
    {
        var texts = new List<string>();
        foreach (var (element, row) in Elements(name))
        {
            if (element.ValueKind == JsonValueKind.String && element.GetString() is { Length: > 0 } text)
            {
                texts.Add(text);
            }
            else
            {
                _faults.Add(new SiteFault(_file, row, "must be a text that is not empty"));
            }
        }

        return texts;
    }

    /// <summary>An object whose members are free names; null where it is absent.</summary>
    public JsonRow? Map(string name)
    {
        if (!TryGet(name, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Object)
        {
            return new JsonRow(value, _file, Child(name), _faults);
        }

        Fault($"{name} must be an object");
        return null;
    }

    public IEnumerable<string> Names() => _element.EnumerateObject().Select(member => member.Name);

    /// <summary>Reports members that nothing has asked for: a misspelt one must not be lost in silence.</summary>
    public void RefuseUnread()
    {
        foreach (var member in _element.EnumerateObject())
        {
            if (!_read.Contains(member.Name))
            {
                Fault($"{member.Name} is not known here");
            }
        }
    }

    // Editors of some systems write one.
    private static ReadOnlyMemory<byte> WithoutByteOrderMark(ReadOnlyMemory<byte> utf8) =>
        utf8.Span.StartsWith("\uFEFF"u8) ? utf8["\uFEFF"u8.Length..] : utf8;

    // The parser takes half a surrogate pair and throws where it is read; better here, once, than wherever that is.
    private static void ReadEveryText(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject())
                {
                    _ = member.Name;
                    ReadEveryText(member.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    ReadEveryText(item);
                }

                break;
            case JsonValueKind.String:
                _ = element.GetString();
                break;
        }
    }

    private IEnumerable<(JsonElement Element, string Row)> Elements(string name)
    {
        if (!TryGet(name, out var value))
        {
            yield break;
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            Fault($"{name} must be an array");
            yield break;
        }

        var index = 0;
        foreach (var element in value.EnumerateArray())
        {
            yield return (element, $"{Child(name)}[{index++}]");
        }
    }

    private string Child(string name) => _row.Length == 0 ? name : $"{_row}.{name}";

    private bool TryGet(string name, out JsonElement value)
    {
        _read.Add(name);
        return _element.TryGetProperty(name, out value);
    }
}
