using Microsoft.Extensions.Primitives;

namespace ReleaseServer.Http;

/// <summary>The value of <c>If-Match</c> or <c>If-None-Match</c>: a list of entity tags, or <c>*</c> (RFC 9110 §13.1.1, §13.1.2).</summary>
/// <remarks>
/// Repeated lines are one list and empty elements are skipped (RFC 9110 §5.6.1.2). A member that is no entity tag is passed over and
/// the others still count; a value with no good member therefore matches nothing: <c>If-Match</c> fails, <c>If-None-Match</c>
/// proceeds. <c>*</c> stands alone; inside a list it is such a bad member. Judged from the text at each call, so nothing is allocated.
/// </remarks>
internal readonly struct EntityTagCondition
{
    private readonly StringValues _lines;

    private EntityTagCondition(StringValues lines) => _lines = lines;

    /// <summary>Null where the field is absent. A field that is there but empty is a list that matches nothing.</summary>
    public static EntityTagCondition? Parse(StringValues lines) => lines.Count == 0 ? null : new EntityTagCondition(lines);

    /// <summary>By the strong comparison of RFC 9110 §8.8.3.2; <c>*</c> matches even what has no tag.</summary>
    public bool MatchesStrongly(EntityTag? current) => IsAny || (current is { IsWeak: false } tag && Lists(tag, strongly: true));

    /// <summary>By the weak comparison of RFC 9110 §8.8.3.2; <c>*</c> matches even what has no tag.</summary>
    public bool MatchesWeakly(EntityTag? current) => IsAny || (current is { } tag && Lists(tag, strongly: false));

    private bool IsAny => _lines.Count == 1 && _lines[0].AsSpan().Trim(Whitespace.Optional) is "*";

    private bool Lists(EntityTag current, bool strongly)
    {
        foreach (var line in _lines)
        {
            if (Lists(line, current, strongly))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Lists(ReadOnlySpan<char> line, EntityTag current, bool strongly)
    {
        var rest = line.TrimStart(Whitespace.Optional);
        while (!rest.IsEmpty)
        {
            // A tag may hold a comma, so members are scanned, not split.
            if (EntityTag.TryScan(rest, out var opaque, out var weak, out var length))
            {
                rest = rest[length..].TrimStart(Whitespace.Optional);
                var wholeMember = rest.IsEmpty || rest[0] == ',';
                if (wholeMember && !(strongly && weak) && opaque.SequenceEqual(current.Opaque))
                {
                    return true;
                }
            }

            var comma = rest.IndexOf(',');
            rest = comma < 0 ? [] : rest[(comma + 1)..].TrimStart(Whitespace.Optional);
        }

        return false;
    }
}
