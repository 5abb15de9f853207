using System.Globalization;
using Microsoft.Extensions.Options;

namespace ReleaseServer.Configuration;

/// <summary>What all sources say together: fills the options, has them validated, and gathers every fault on the way.</summary>
internal sealed class SettingsResult(SettingsSchema schema)
{
    private readonly Dictionary<string, SettingText> _texts = [];
    private readonly List<SettingFault> _faults = [];
    private bool _isWhole = true;

    public SettingsSchema Schema => schema;

    /// <summary>Every fault found so far: those of whole files first, then in the order of the schema, then unknown settings.</summary>
    public IReadOnlyList<SettingFault> Faults => [.. _faults.OrderBy(Rank)];

    /// <summary>Where readers of sources put their faults.</summary>
    internal ICollection<SettingFault> FaultList => _faults;

    public void AddFault(SettingFault fault) => _faults.Add(fault);

    /// <summary>Notes a source that could not be read, so that what is missing may have stood there.</summary>
    public void AddBrokenSource(SettingFault fault)
    {
        _isWhole = false;
        _faults.Add(fault);
    }

    public SettingsLayer BeginLayer() => new(schema, _faults);

    /// <summary>Lays a source's settings over those of the sources before it.</summary>
    public void EndLayer(SettingsLayer layer, bool isWhole)
    {
        _isWhole &= isWhole;
        foreach (var (name, text) in layer.Complete())
        {
            _texts[name] = text;
        }
    }

    /// <summary>New options with the section's settings; what is not set, or not readable, keeps its default.</summary>
    public T Bind<T>(string section)
        where T : class, new()
    {
        var options = new T();
        foreach (var setting in schema.SettingsOf(section))
        {
            if (!_texts.TryGetValue(setting.Name, out var text))
            {
                continue;
            }

            if (SettingValue.TryConvert(setting, text, out var value, out var fault))
            {
                setting.Property.SetValue(options, value);
            }
            else
            {
                var quoted = setting.IsQuotable ? $", is {SettingFault.Quote(text.Elements[0])}" : "";
                _faults.Add(new SettingFault(setting.Name, text.Source, fault + quoted));
            }
        }

        return options;
    }

    /// <summary>New options for each element of a section that is a list, as far as any setting of one is set.</summary>
    /// <remarks>Sources are laid over each other setting by setting, so that a secret can come from the environment and the rest from a file.</remarks>
    public IReadOnlyList<T> BindList<T>(string list)
        where T : class, new()
    {
        var elements = new List<T>();
        for (var i = 0; i < SettingsSchema.MostElements; i++)
        {
            var section = string.Create(CultureInfo.InvariantCulture, $"{list}:{i}");
            if (schema.SettingsOf(section).FirstOrDefault(setting => _texts.ContainsKey(setting.Name)) is not { } first)
            {
                continue;
            }

            if (elements.Count < i)
            {
                _faults.Add(new SettingFault(
                    list, _texts[first.Name].Source, string.Create(CultureInfo.InvariantCulture, $"has no element {elements.Count}, but later ones")));
                return elements;
            }

            elements.Add(Bind<T>(section));
        }

        return elements;
    }

    /// <summary>Adds what a validator finds, unless the setting has a fault already or a source is missing.</summary>
    /// <param name="validator">Names settings in full, as in <c>AddError("must be ...", "Bucket:Name")</c>.</param>
    public void Validate<T>(IValidateOptions<T> validator, T options)
        where T : class
    {
        var validation = validator.Validate(null, options);
        if (!_isWhole || validation.Failures is null)
        {
            return;
        }

        var faulty = _faults.Select(fault => fault.Setting).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var failure in validation.Failures)
        {
            var (setting, text) = Part(failure);
            if (!faulty.Contains(setting))
            {
                _faults.Add(new SettingFault(setting, _texts.GetValueOrDefault(setting)?.Source ?? SettingFault.NotSet, text));
            }
        }
    }

    /// <summary>Undoes what <see cref="ValidateOptionsResultBuilder.AddError"/> does to its arguments: "Property NAME: TEXT".</summary>
    private static (string Setting, string Text) Part(string failure)
    {
        const string start = "Property ";
        var end = failure.IndexOf(": ", StringComparison.Ordinal);
        return failure.StartsWith(start, StringComparison.Ordinal) && end > 0
            ? (failure[start.Length..end], failure[(end + 2)..])
            : ("", failure);
    }

    private int Rank(SettingFault fault)
    {
        if (fault.Setting.Length == 0)
        {
            return -1;
        }

        for (var i = 0; i < schema.Settings.Count; i++)
        {
            if (schema.Settings[i].Name.Equals(fault.Setting, StringComparison.OrdinalIgnoreCase))
            {
                return i;
            }
        }

        // Settings of lists come behind all others, and before what is no setting.
        return schema.Settings.Count + (schema.Find(fault.Setting) is null ? 1 : 0);
    }
}
