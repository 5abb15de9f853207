using System.Globalization;
using System.Reflection;

namespace ReleaseServer.Configuration;

/// <summary>What a name leads to.</summary>
internal enum SettingShape
{
    /// <summary>Nothing the server knows.</summary>
    Unknown,

    /// <summary>A section, which holds settings.</summary>
    Section,

    /// <summary>A setting with one value.</summary>
    Single,

    /// <summary>A setting with many values.</summary>
    List,
}

/// <summary>All settings there are, by name. Names are compared without regard to case. Immutable.</summary>
internal sealed class SettingsSchema
{
    /// <summary>Most elements of a section that is a list.</summary>
    public const int MostElements = 8;

    /// <summary>Ends the name of a section that is a list, as in <c>Bucket:Replicas:*</c>.</summary>
    private const string ListMark = ":*";

    private const int LongestSuggestion = 100;

    private readonly Dictionary<string, SettingDefinition> _settings = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _sections = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, SettingDefinition[]> _lists = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="sections">
    /// Each section's name and the options class whose writable properties are its settings. A name such as <c>Bucket:Replicas:*</c> stands for
    /// as many sections as there are, <c>Bucket:Replicas:0</c> being the first.
    /// </param>
    public SettingsSchema(params IEnumerable<(string Name, Type Options)> sections)
    {
        var settings = new List<SettingDefinition>();
        foreach (var (section, options) in sections)
        {
            if (section.EndsWith(ListMark, StringComparison.Ordinal))
            {
                AddList(section[..^ListMark.Length], options);
                continue;
            }

            // A section may itself stand in a section, as "Alerts:Sentry" would.
            for (var end = section.Length; end > 0; end = section.LastIndexOf(':', end - 1))
            {
                _sections.Add(section[..end]);
            }

            foreach (var property in PropertiesOf(options))
            {
                var setting = new SettingDefinition(section, property);
                settings.Add(setting);
                _settings.Add(setting.Name, setting);
            }
        }

        Settings = settings;
    }

    /// <summary>Every setting, in the order of the sections and their properties. Without those of lists, of which there may be none.</summary>
    public IReadOnlyList<SettingDefinition> Settings { get; }

    /// <summary>The settings of one section, also of a list's element.</summary>
    public IEnumerable<SettingDefinition> SettingsOf(string section) =>
        _lists.TryGetValue(section, out var ofElement) ? ofElement : Settings.Where(setting => setting.Section == section);

    /// <summary>Whether a section is a list of sections.</summary>
    public bool IsListOfSections(string name) => _lists.ContainsKey($"{name}:0");

    public SettingDefinition? Find(string name) => _settings.GetValueOrDefault(name);

    public bool IsSection(string name) => _sections.Contains(name);

    public SettingShape ShapeOf(string name)
    {
        if (Find(name) is { } setting)
        {
            return setting.IsList ? SettingShape.List : SettingShape.Single;
        }

        return IsSection(name) ? SettingShape.Section : SettingShape.Unknown;
    }

    /// <summary>The known name that <paramref name="name"/> was most likely meant to be.</summary>
    /// <returns>A setting or section; <see langword="null"/> if nothing is near.</returns>
    public string? Nearest(string name)
    {
        if (name.Length > LongestSuggestion)
        {
            return null;
        }

        // A third of the letters wrong is still a typing slip; more is another word.
        var (nearest, nearestDistance) = ((string?)null, Math.Max(2, name.Length / 3) + 1);
        foreach (var known in _settings.Values.Select(setting => setting.Name).Concat(_sections))
        {
            var distance = EditDistance(name, known);
            if (distance < nearestDistance)
            {
                (nearest, nearestDistance) = (known, distance);
            }
        }

        return nearest;
    }

    private void AddList(string list, Type options)
    {
        _sections.Add(list);
        for (var i = 0; i < MostElements; i++)
        {
            var element = string.Create(CultureInfo.InvariantCulture, $"{list}:{i}");
            SettingDefinition[] settings = [.. PropertiesOf(options).Select(property => new SettingDefinition(element, property))];
            _sections.Add(element);
            _lists.Add(element, settings);
            foreach (var setting in settings)
            {
                _settings.Add(setting.Name, setting);
            }
        }
    }

    private static IEnumerable<PropertyInfo> PropertiesOf(Type options) =>
        options.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite);

    /// <summary>Letters to add, drop or change to get from one text to the other (Levenshtein), case aside.</summary>
    private static int EditDistance(string from, string to)
    {
        var previous = Enumerable.Range(0, to.Length + 1).ToArray();
        var current = new int[to.Length + 1];
        for (var i = 1; i <= from.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var same = char.ToUpperInvariant(from[i - 1]) == char.ToUpperInvariant(to[j - 1]);
                current[j] = Math.Min(Math.Min(previous[j], current[j - 1]) + 1, previous[j - 1] + (same ? 0 : 1));
            }

            (previous, current) = (current, previous);
        }

        return previous[to.Length];
    }
}
