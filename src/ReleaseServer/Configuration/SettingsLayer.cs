using System.Globalization;

namespace ReleaseServer.Configuration;

/// <summary>The text of a setting and where it was written.</summary>
/// <param name="Elements">One text for a single value or a whole list (<c>a;b</c>); one for each element where they were set apart.</param>
/// <param name="IsSplit">Whether <paramref name="Elements"/> are a list's elements already.</param>
/// <param name="Source">As in <see cref="SettingFault.Source"/>.</param>
internal sealed record SettingText(IReadOnlyList<string> Elements, bool IsSplit, string Source);

/// <summary>The settings of one source: one file, the environment or the command line.</summary>
/// <remarks>A source sets each setting once; a later source then replaces it whole, lists included.</remarks>
internal sealed class SettingsLayer(SettingsSchema schema, ICollection<SettingFault> faults)
{
    private readonly Dictionary<string, SettingText> _whole = [];
    private readonly Dictionary<string, SortedDictionary<int, (string Text, string Source)>> _elements = [];

    /// <summary>Notes a name and its text; a name that is not known, or was noted before, is a fault.</summary>
    /// <param name="name">Parts with <c>:</c> between them; the last may be the index of a list's element.</param>
    /// <param name="text"><see langword="null"/> if it was forgotten, which is a fault.</param>
    public void Add(string name, string? text, string source)
    {
        if (schema.Find(name) is { } setting)
        {
            if (text is null)
            {
                faults.Add(new SettingFault(setting.Name, source, "has no value"));
                return;
            }

            AddWhole(setting, new SettingText([text], IsSplit: false, source));
            return;
        }

        var colon = name.LastIndexOf(':');
        if (colon > 0
            && schema.Find(name[..colon]) is { IsList: true } list
            && int.TryParse(name.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            AddElement(list, index, text ?? "", source);
            return;
        }

        AddUnknown(name, source);
    }

    /// <summary>Notes a list that was written as one.</summary>
    public void AddList(SettingDefinition setting, IReadOnlyList<string> elements, string source) =>
        AddWhole(setting, new SettingText(elements, IsSplit: true, source));

    /// <summary>Notes that a name leads nowhere.</summary>
    public void AddUnknown(string name, string source)
    {
        // What follows a setting's own name could be its value, misplaced; it may be a secret, so it is not shown.
        for (var end = name.LastIndexOf(':'); end > 0; end = name.LastIndexOf(':', end - 1))
        {
            if (schema.Find(name[..end]) is { } setting)
            {
                faults.Add(new SettingFault(setting.Name, source, setting.IsList ? "has parts that are not numbers" : "is a single value and has no parts"));
                return;
            }
        }

        var hint = schema.IsSection(name) ? "is a section, not a setting"
            : schema.Nearest(name) is { } nearest ? $"is not a known setting; did you mean '{nearest}'?"
            : "is not a known setting";
        faults.Add(new SettingFault(name.Length == 0 ? "''" : PrintableText.Of(name), source, hint));
    }

    /// <summary>Notes that a name was set before in this source.</summary>
    public void AddTwice(string name, string source, string firstSource) =>
        faults.Add(new SettingFault(name, source, source == firstSource ? "is set twice" : $"is set twice, first in {firstSource}"));

    /// <summary>What was noted, by the settings' names.</summary>
    public IReadOnlyDictionary<string, SettingText> Complete()
    {
        foreach (var (name, elements) in _elements)
        {
            var (_, (_, source)) = elements.First();
            var missing = Enumerable.Range(0, elements.Count).FirstOrDefault(i => !elements.ContainsKey(i), -1);
            if (_whole.ContainsKey(name))
            {
                faults.Add(new SettingFault(name, source, "is set twice, as a whole and by elements"));
            }
            else if (missing >= 0)
            {
                faults.Add(new SettingFault(name, source, $"has no element {missing}, but later ones"));
            }
            else
            {
                _whole.Add(name, new SettingText([.. elements.Values.Select(element => element.Text)], IsSplit: true, source));
            }
        }

        return _whole;
    }

    private void AddWhole(SettingDefinition setting, SettingText text)
    {
        if (!_whole.TryAdd(setting.Name, text))
        {
            AddTwice(setting.Name, text.Source, _whole[setting.Name].Source);
        }
    }

    private void AddElement(SettingDefinition list, int index, string text, string source)
    {
        if (!_elements.TryGetValue(list.Name, out var elements))
        {
            _elements.Add(list.Name, elements = []);
        }

        if (!elements.TryAdd(index, (text, source)))
        {
            AddTwice(string.Create(CultureInfo.InvariantCulture, $"{list.Name}:{index}"), source, elements[index].Source);
        }
    }
}
