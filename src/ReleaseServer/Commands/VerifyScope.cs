using ReleaseServer.Releases;

namespace ReleaseServer.Commands;

/// <summary>One area of a verification as it was looked at. As text it is a part of an alert's mark.</summary>
/// <param name="Under">Only what lies beneath; empty for all of it.</param>
/// <param name="IsQuick">Whether no bytes were read where there are some.</param>
internal sealed record VerifyScope(VerifyArea Area, string Under, bool IsQuick)
{
    /// <summary>What a run looks at.</summary>
    public static IReadOnlyList<VerifyScope> Of(IEnumerable<VerifyArea> areas, VerifyRequest request) =>
    [
        .. areas.Select(area => new VerifyScope(
            area, area == VerifyArea.Checksums ? request.Under : "", request.Quick && area is VerifyArea.Checksums or VerifyArea.Cache)),
    ];

    /// <summary>Reads <see cref="ToString"/>.</summary>
    /// <returns>Null where it is something else.</returns>
    public static VerifyScope? Parse(string text) =>
        text.Split(' ', 3) is [var area, ("quick" or "whole") and var depth, .. var under]
        && Enum.TryParse<VerifyArea>(area, ignoreCase: true, out var parsed)
        && Enum.IsDefined(parsed)
            ? new VerifyScope(parsed, string.Concat(under), depth == "quick")
            : null;

    /// <summary>Whether what another run found would be found by this one, if it was still there.</summary>
    public bool Covers(VerifyScope other) =>
        Area == other.Area && other.Under.StartsWith(Under, StringComparison.Ordinal) && (!IsQuick || other.IsQuick);

    /// <summary>Such as <c>checksums whole nodejs/release/v22.1.0/</c>.</summary>
    public override string ToString() => $"{Area.ToString().ToLowerInvariant()} {(IsQuick ? "quick" : "whole")} {Under}".TrimEnd();
}
