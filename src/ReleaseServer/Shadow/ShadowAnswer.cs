using System.Globalization;

namespace ReleaseServer.Shadow;

/// <summary>What two answers to one request can differ in.</summary>
[Flags]
internal enum ShadowDifference
{
    None = 0,
    Status = 1,
    Length = 2,
    EntityTag = 4,
    LastModified = 8,
    Body = 16,
}

internal static class ShadowDifferences
{
    /// <summary>Each with its name, as metrics, log and operators have it.</summary>
    public static IReadOnlyList<(ShadowDifference Kind, string Name)> All { get; } =
    [
        (ShadowDifference.Status, "status"),
        (ShadowDifference.Length, "length"),
        (ShadowDifference.EntityTag, "entity-tag"),
        (ShadowDifference.LastModified, "last-modified"),
        (ShadowDifference.Body, "body"),
    ];

    public static IEnumerable<string> NamesOf(ShadowDifference kinds) => All.Where(one => kinds.HasFlag(one.Kind)).Select(static one => one.Name);
}

/// <summary>What is compared of an answer. Fields as they were sent; null where they were not.</summary>
/// <param name="Length">Bytes of content: the field, else those counted; null where nobody knows, as in 304.</param>
/// <param name="ContentRange">Tells the whole length where a part was asked for.</param>
/// <param name="Digest">SHA-256 of the content in hexadecimal digits; null where it was not read to its end.</param>
internal sealed record ShadowAnswer(int Status, long? Length, string? ContentRange, string? EntityTag, string? LastModified, string? Digest)
{
    /// <summary>In what another answer differs. Of another status everything else follows, and is not told.</summary>
    public ShadowDifference CompareWith(ShadowAnswer other)
    {
        if (Status != other.Status)
        {
            return ShadowDifference.Status;
        }

        var found = ShadowDifference.None;
        if ((Length is { } ours && other.Length is { } theirs && ours != theirs) || ContentRange != other.ContentRange)
        {
            found |= ShadowDifference.Length;
        }

        if (EntityTag != other.EntityTag)
        {
            found |= ShadowDifference.EntityTag;
        }

        if (LastModified != other.LastModified)
        {
            found |= ShadowDifference.LastModified;
        }

        return Digest is not null && other.Digest is not null && Digest != other.Digest ? found | ShadowDifference.Body : found;
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Status}, {Length?.ToString(CultureInfo.InvariantCulture) ?? "unknown"} bytes, {EntityTag ?? "no tag"}, {LastModified ?? "no date"}, SHA-256 {Digest ?? "unknown"}");
}
