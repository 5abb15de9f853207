using System.Globalization;

namespace ReleaseServer.Configuration;

/// <summary>Turns a setting's text into its value and back. Independent of the machine's culture.</summary>
internal static class SettingValue
{
    private const char ListSeparator = ';';

    /// <summary>What stands for the value of a secret wherever settings are shown.</summary>
    public const string Mask = "***";

    /// <param name="fault">What the text must be, for a sentence that begins with the setting's name; never quotes the text.</param>
    public static bool TryConvert(SettingDefinition setting, SettingText text, out object? value, out string? fault)
    {
        value = null;
        fault = null;
        if (text.Elements.Any(element => element.Any(char.IsControl)))
        {
            fault = "must not hold control characters";
            return false;
        }

        if (setting.IsList)
        {
            value = text.IsSplit
                ? [.. text.Elements]
                : text.Elements[0].Split(ListSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            return true;
        }

        var single = text.Elements[0];
        if (single.Length == 0 && setting.IsNullable)
        {
            return true;
        }

        var type = setting.ValueType;
        (value, fault) = type switch
        {
            _ when type == typeof(string) => (single, null),
            _ when type == typeof(bool) => (bool.TryParse(single, out var isTrue) ? isTrue : null, "must be true or false"),
            _ when type == typeof(int) => Integer(setting, single, int.MinValue, int.MaxValue, static number => (int)number),
            _ when type == typeof(long) => Integer(setting, single, long.MinValue, long.MaxValue, static number => number),
            _ when type == typeof(double) => (Fraction(single), "must be a number such as 0.25"),
            _ when type == typeof(TimeSpan) => (Duration.TryParse(single, out var duration) ? duration : null, "must be a duration such as 500ms, 5s, 2m, 1h or 00:00:05"),
            _ when type == typeof(Uri) => (Uri.TryCreate(single, UriKind.RelativeOrAbsolute, out var uri) ? uri : (object?)null, "must be a URL"),
            _ when type.IsEnum => (Named(type, single), $"must be {OneOf(Enum.GetNames(type))}"),
            _ => throw new NotSupportedException($"{setting.Name} has a type no setting can have: {type}"),
        };
        fault = value is null ? fault : null;
        return fault is null;
    }

    /// <summary>The text that <see cref="TryConvert"/> would read back; empty for a value that is not set.</summary>
    public static string Format(object? value) => value switch
    {
        null => "",
        bool isTrue => isTrue ? "true" : "false",
        TimeSpan duration => Duration.Format(duration),
        string[] list => string.Join(ListSeparator, list),
        Uri uri => uri.OriginalString,
        Enum name => Written(name.ToString()),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static (object? Value, string Fault) Integer(SettingDefinition setting, string text, long least, long most, Func<long, object> narrow)
    {
        var unit = 1L;
        var number = setting.IsBytes ? ByteUnit.Cut(text, out unit) : text;
        var digits = number.StartsWith('-') ? number[1..] : number;
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange('0', '9'))
        {
            return (null, setting.IsBytes ? "must be a whole number of bytes, or one with KiB, MiB, GiB or TiB behind it" : "must be a whole number, digits only");
        }

        var fits = long.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count)
            && count >= least / unit && count <= most / unit;
        return (fits ? narrow(count * unit) : null, string.Create(CultureInfo.InvariantCulture, $"must be a whole number from {least} to {most}"));
    }

    private static double? Fraction(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? number
            : null;

    /// <summary>The value of an enumeration by its name as settings write it, in any case; null where there is none.</summary>
    public static object? Named(Type type, string text) =>
        Enum.GetNames(type).FirstOrDefault(name => Written(name).Equals(text, StringComparison.OrdinalIgnoreCase)) is { } known ? Enum.Parse(type, known) : null;

    private static string OneOf(string[] names) =>
        names.Length == 1 ? Written(names[0]) : $"{string.Join(", ", names[..^1].Select(Written))} or {Written(names[^1])}";

#pragma warning disable CA1308 // Names of values are written in lower case; nothing is compared here.
    // A name of several words has hyphens: BucketFirst is bucket-first.
    private static string Written(string name) =>
        string.Concat(name.Select(static (c, place) => place > 0 && char.IsAsciiLetterUpper(c) ? "-" + c : c.ToString())).ToLowerInvariant();
#pragma warning restore CA1308
}
