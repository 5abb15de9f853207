namespace ReleaseServer.Site;

/// <summary>One thing wrong with site data: where, and what.</summary>
/// <param name="File">Such as <c>routes.json</c>.</param>
/// <param name="Row">Such as <c>routes[3]</c>; empty for the whole file.</param>
/// <param name="Text">What is wrong and what would be right.</param>
internal sealed record SiteFault(string File, string Row, string Text)
{
    public override string ToString() => Row.Length == 0 ? $"{File}: {Text}" : $"{File}: {Row}: {Text}";
}

/// <summary>Site data or a published document that cannot be used; says everything that is wrong with it at once.</summary>
internal sealed class SiteDataException(IReadOnlyList<SiteFault> faults) : Exception(string.Join(Environment.NewLine, faults))
{
    public IReadOnlyList<SiteFault> Faults => faults;
}
