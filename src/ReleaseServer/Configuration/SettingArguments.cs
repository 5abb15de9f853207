namespace ReleaseServer.Configuration;

/// <summary>Tells settings on the command line (<c>--Bucket:Kind=s3</c>, <c>--config FILE</c>) from a command's own arguments.</summary>
internal static class SettingArguments
{
    /// <summary>The option that names a settings file.</summary>
    public const string ConfigOption = "--config";

    /// <summary>Whether an argument is <c>--config</c>, or begins with <c>--</c> and has a <c>:</c> in its name.</summary>
    public static bool IsSettingArgument(string argument) => IsSettingName(Name(argument));

    /// <summary>Parts a command line in two, each in its old order; whatever follows a bare <c>--</c> is the command's own.</summary>
    public static (IReadOnlyList<string> Settings, IReadOnlyList<string> Others) Split(IReadOnlyList<string> arguments)
    {
        var settings = new List<string>();
        var others = new List<string>();
        for (var i = 0; i < arguments.Count; i++)
        {
            if (arguments[i] == "--")
            {
                others.AddRange(arguments.Skip(i));
                break;
            }

            if (!IsSettingArgument(arguments[i]))
            {
                others.Add(arguments[i]);
                continue;
            }

            settings.Add(arguments[i]);
            if (TakesNext(arguments, i))
            {
                settings.Add(arguments[++i]);
            }
        }

        return (settings, others);
    }

    /// <summary>The names (without <c>--</c>) and values of setting arguments.</summary>
    /// <returns>A <see langword="null"/> name for a value without a name, a <see langword="null"/> value for a name without one.</returns>
    public static IEnumerable<(string? Name, string? Value)> Parse(IReadOnlyList<string> settingArguments)
    {
        for (var i = 0; i < settingArguments.Count; i++)
        {
            var argument = settingArguments[i];
            var name = Name(argument);
            if (!IsSettingName(name))
            {
                yield return (null, argument);
            }
            else if (name.Length < argument.Length)
            {
                yield return (name[2..], argument[(name.Length + 1)..]);
            }
            else
            {
                yield return (name[2..], TakesNext(settingArguments, i) ? settingArguments[++i] : null);
            }
        }
    }

    private static bool TakesNext(IReadOnlyList<string> arguments, int index) =>
        !arguments[index].Contains('=', StringComparison.Ordinal)
        && index + 1 < arguments.Count
        && !arguments[index + 1].StartsWith("--", StringComparison.Ordinal);

    private static string Name(string argument) => argument.IndexOf('=', StringComparison.Ordinal) is var end and >= 0 ? argument[..end] : argument;

    private static bool IsSettingName(string name) =>
        name == ConfigOption || (name.StartsWith("--", StringComparison.Ordinal) && name.Contains(':', StringComparison.Ordinal));
}
