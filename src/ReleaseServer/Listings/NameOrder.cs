using System.Text;

namespace ReleaseServer.Listings;

/// <summary>Orders names by their bytes of UTF-8, as nginx and S3 do.</summary>
/// <remarks>
/// Ordinal comparison of .NET goes by UTF-16 and puts everything beyond U+FFFF, whose halves are U+D800 to U+DFFF, before U+E000.
/// The bytes of UTF-8 sort as the code points do.
/// </remarks>
internal static class NameOrder
{
    public static int Compare(string left, string right)
    {
        var a = left.AsSpan();
        var b = right.AsSpan();
        var same = a.CommonPrefixLength(b);
        if (same == a.Length || same == b.Length)
        {
            return a.Length - b.Length;
        }

        if (!char.IsSurrogate(a[same]) && !char.IsSurrogate(b[same]))
        {
            return a[same] - b[same];
        }

        return CompareRunes(a, b, same > 0 && char.IsHighSurrogate(a[same - 1]) ? same - 1 : same);
    }

    private static int CompareRunes(ReadOnlySpan<char> a, ReadOnlySpan<char> b, int start)
    {
        a = a[start..];
        b = b[start..];
        while (!a.IsEmpty && !b.IsEmpty)
        {
            // A half on its own is written as U+FFFD, and is read as that here.
            Rune.DecodeFromUtf16(a, out var runeA, out var lengthA);
            Rune.DecodeFromUtf16(b, out var runeB, out var lengthB);
            if (runeA != runeB)
            {
                return runeA.CompareTo(runeB);
            }

            a = a[lengthA..];
            b = b[lengthB..];
        }

        return a.Length - b.Length;
    }
}
