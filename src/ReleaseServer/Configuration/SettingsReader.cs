namespace ReleaseServer.Configuration;

/// <summary>Reads all sources of settings, least important first.</summary>
internal static class SettingsReader
{
    /// <summary>The settings file that is read without being asked for.</summary>
    public const string DefaultFileName = "appsettings.json";

    /// <param name="settingArguments">As <see cref="SettingArguments.Split"/> found them.</param>
    /// <param name="workingDirectory">Where relative paths start.</param>
    /// <param name="programDirectory">Where <c>appsettings.json</c> is looked for when the working directory has none.</param>
    public static SettingsResult Read(
        SettingsSchema schema,
        IReadOnlyList<string> settingArguments,
        string workingDirectory,
        string programDirectory,
        IReadOnlyDictionary<string, string> environment)
    {
        var result = new SettingsResult(schema);
        var arguments = SettingArguments.Parse(settingArguments).ToList();

        string[] defaultFiles = [Path.Combine(workingDirectory, DefaultFileName), Path.Combine(programDirectory, DefaultFileName)];
        if (defaultFiles.FirstOrDefault(File.Exists) is { } defaultFile)
        {
            ReadFile(defaultFile, defaultFile == defaultFiles[0] ? DefaultFileName : defaultFile, result);
        }

        if (NamedFile(arguments, result) is { Length: > 0 } namedFile)
        {
            ReadFile(Path.Combine(workingDirectory, namedFile), namedFile, result);
        }

        ReadEnvironment(environment, result);
        ReadArguments(arguments, result);
        return result;
    }

    private static string? NamedFile(IEnumerable<(string? Name, string? Value)> arguments, SettingsResult result)
    {
        var files = arguments.Where(argument => IsConfigOption(argument.Name)).Select(argument => argument.Value).ToList();
        if (files.Count > 1)
        {
            result.AddBrokenSource(new SettingFault("", SettingArguments.ConfigOption, "is given twice"));
        }

        if (files.Any(string.IsNullOrEmpty))
        {
            result.AddBrokenSource(new SettingFault("", SettingArguments.ConfigOption, "must be followed by a file's path"));
        }

        return files.FirstOrDefault();
    }

    private static void ReadFile(string path, string name, SettingsResult result)
    {
        var printableName = PrintableText.Of(name);
        byte[] json;
        try
        {
            json = File.ReadAllBytes(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            var reason = fault is FileNotFoundException or DirectoryNotFoundException ? "does not exist"
                : fault is UnauthorizedAccessException ? "must not be read by this user, or is a directory"
                : "cannot be read";
            result.AddBrokenSource(new SettingFault("", printableName, reason));
            return;
        }

        var layer = result.BeginLayer();
        var isWhole = new JsonSettings(printableName, result.Schema, layer, result.FaultList).TryRead(json);
        result.EndLayer(layer, isWhole);
    }

    private static void ReadEnvironment(IReadOnlyDictionary<string, string> environment, SettingsResult result)
    {
        // Names that other programs gave them come first, so that ours outrank them.
        var aliases = result.BeginLayer();
        foreach (var setting in result.Schema.Settings)
        {
            if (setting.EnvironmentName is { } alias && environment.TryGetValue(alias, out var value))
            {
                aliases.Add(setting.Name, value, $"environment, {alias}");
            }
        }

        result.EndLayer(aliases, isWhole: true);
        var layer = result.BeginLayer();
        foreach (var (variable, value) in environment.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            var name = variable.Replace("__", ":", StringComparison.Ordinal);

            // The environment is everybody's; only what begins as one of our sections can be meant for us.
            if (name.IndexOf(':', StringComparison.Ordinal) is var end and > 0 && result.Schema.IsSection(name[..end]))
            {
                layer.Add(name, value, "environment");
            }
        }

        result.EndLayer(layer, isWhole: true);
    }

    private static void ReadArguments(IEnumerable<(string? Name, string? Value)> arguments, SettingsResult result)
    {
        const string source = "command line";
        var layer = result.BeginLayer();
        foreach (var (name, value) in arguments.Where(argument => !IsConfigOption(argument.Name)))
        {
            if (name is null)
            {
                result.AddFault(new SettingFault("", source, "holds a value without a setting's name before it"));
            }
            else
            {
                layer.Add(name, value, source);
            }
        }

        result.EndLayer(layer, isWhole: true);
    }

    private static bool IsConfigOption(string? name) => name is not null && SettingArguments.ConfigOption.AsSpan(2).SequenceEqual(name);
}
