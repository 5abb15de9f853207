namespace ReleaseServer.Configuration;

/// <summary>One thing that is wrong with the configuration. Never holds the value of a secret.</summary>
/// <param name="Setting">The setting's name, such as <c>Bucket:Kind</c>; empty where a whole file or argument is meant.</param>
/// <param name="Source">Where it was set: <c>appsettings.json line 3</c>, <c>environment</c>, <c>command line</c> or <c>not set</c>.</param>
/// <param name="Text">What is wrong and what would be right.</param>
internal sealed record SettingFault(string Setting, string Source, string Text)
{
    /// <summary>The source of a fault in a setting that nobody set.</summary>
    public const string NotSet = "not set";

    private const int LongestQuote = 100;

    /// <summary>The fault as one line for a terminal.</summary>
    public override string ToString() => Setting.Length == 0 ? $"{Source}: {Text}" : $"{Setting} ({Source}): {Text}";

    /// <summary>A value between quotation marks, cut to a readable length. Not for secrets.</summary>
    public static string Quote(string value) =>
        value.Length <= LongestQuote ? $"'{PrintableText.Of(value)}'" : $"'{PrintableText.Of(value[..LongestQuote])}...'";
}
