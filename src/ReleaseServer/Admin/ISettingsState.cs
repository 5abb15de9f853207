namespace ReleaseServer.Admin;

/// <summary>The settings that the server runs by, and how they compare with those that a start would find now. Safe for concurrent use.</summary>
internal interface ISettingsState
{
    /// <summary>Every setting with its value as text; secrets masked, empty where not set.</summary>
    IReadOnlyList<(string Setting, string Value)> Running { get; }

    /// <summary>Digest of the above: equal on nodes that run by the same settings.</summary>
    string Hash { get; }

    /// <summary>What a start would find otherwise: names of settings, or what is wrong with them. Empty where nothing is.</summary>
    IReadOnlyList<string> Drift { get; }
}
