using Microsoft.Extensions.Primitives;

namespace ReleaseServer.Http;

/// <summary>Decides what a <c>Range</c> field selects (RFC 9110 §14.2). For GET only; <see cref="IfRange"/> is asked first.</summary>
internal static class RangeHeader
{
    /// <summary>
    /// Most ranges that are answered; RFC 9110 §14.2 lets a server ignore the field beyond its patience, and §17.15 says why: each part
    /// costs a header and a read of its own, while no download tool asks for more than a few.
    /// </summary>
    public const int MaxRanges = 100;

    private const string BytesUnit = "bytes=";

    private enum Spec
    {
        Malformed,
        Unsatisfiable,
        Satisfiable,
    }

    /// <remarks>
    /// Another unit, a repeated field and an empty representation: ignored. Off the grammar, anywhere in the set: unsatisfiable, as
    /// nginx has it. Ranges that add up to more than the representation: ignored, since all of it is shorter.
    /// </remarks>
    /// <param name="length">Of the representation, in bytes.</param>
    public static RangeSelection Select(StringValues value, long length)
    {
        // The field is no list, so two lines of it cannot be joined (RFC 9110 §5.3).
        if (length == 0 || value.Count != 1)
        {
            return RangeSelection.Ignored;
        }

        var text = value[0].AsSpan().Trim(Whitespace.Optional);
        return text.StartsWith(BytesUnit, StringComparison.OrdinalIgnoreCase)
            ? SelectFrom(text[BytesUnit.Length..], length)
            : RangeSelection.Ignored;
    }

    private static RangeSelection SelectFrom(ReadOnlySpan<char> set, long length)
    {
        var asked = 0;
        var count = 0;
        var first = default(ByteRange);
        ByteRange[]? all = null;
        var left = length;
        var exceeds = false;
        foreach (var member in set.Split(','))
        {
            var text = set[member].Trim(Whitespace.Optional);
            if (text.IsEmpty)
            {
                continue;
            }

            if (++asked > MaxRanges)
            {
                return RangeSelection.Ignored;
            }

            var spec = Read(text, length, out var range);
            if (spec == Spec.Malformed)
            {
                return RangeSelection.Unsatisfiable;
            }

            if (spec == Spec.Unsatisfiable)
            {
                continue;
            }

            // Subtracted, not summed: a hundred ranges of a vast file could overflow a sum.
            exceeds |= range.Length > left;
            left -= exceeds ? 0 : range.Length;
            if (count == 0)
            {
                first = range;
            }
            else
            {
                all ??= StartList(first, set);
                all[count] = range;
            }

            count++;
        }

        if (count == 0)
        {
            return RangeSelection.Unsatisfiable;
        }

        if (exceeds)
        {
            return RangeSelection.Ignored;
        }

        return all is null ? RangeSelection.Of(first) : RangeSelection.Of(all, count);
    }

    private static ByteRange[] StartList(ByteRange first, ReadOnlySpan<char> set)
    {
        var list = new ByteRange[Math.Min(set.Count(',') + 1, MaxRanges)];
        list[0] = first;
        return list;
    }

    // int-range = first-pos "-" [ last-pos ]; suffix-range = "-" suffix-length (RFC 9110 §14.1.2).
    private static Spec Read(ReadOnlySpan<char> text, long length, out ByteRange range)
    {
        range = default;
        var dash = text.IndexOf('-');
        if (dash < 0)
        {
            return Spec.Malformed;
        }

        var end = text[(dash + 1)..];
        if (dash == 0)
        {
            if (!TryReadPosition(end, out var suffix))
            {
                return Spec.Malformed;
            }

            range = new ByteRange(Math.Max(0, length - suffix), length - 1);
            return suffix == 0 ? Spec.Unsatisfiable : Spec.Satisfiable;
        }

        var last = long.MaxValue;
        if (!TryReadPosition(text[..dash], out var first)
            || (!end.IsEmpty && !TryReadPosition(end, out last))
            || last < first)
        {
            return Spec.Malformed;
        }

        range = new ByteRange(first, Math.Min(last, length - 1));
        return first < length ? Spec.Satisfiable : Spec.Unsatisfiable;
    }

    // Digits without limit: what a long cannot hold is past every end, and long.MaxValue says that as well.
    private static bool TryReadPosition(ReadOnlySpan<char> digits, out long position)
    {
        position = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit(digit))
            {
                return false;
            }

            var value = digit - '0';
            position = position > (long.MaxValue - value) / 10 ? long.MaxValue : (position * 10) + value;
        }

        return !digits.IsEmpty;
    }
}
