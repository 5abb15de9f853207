namespace ReleaseServer.Site;

/// <summary>
/// A set of bucket keys: <c>*</c> stands for any characters within a segment, <c>**</c> as a whole segment for any number of segments, also
/// none; at the end for one at least, so that <c>docs/**</c> is what lies in <c>docs</c>. Immutable.
/// </summary>
internal sealed class KeyPattern
{
    private const string AnySegments = "**";

    private readonly string[] _segments;

    private KeyPattern(string text)
    {
        Text = text;
        _segments = text.Split('/');
    }

    public string Text { get; }

    /// <summary>All keys that begin so.</summary>
    /// <param name="directory">Ends in a slash.</param>
    public static KeyPattern Beneath(string directory) => new(directory + AnySegments);

    /// <summary>False for a text that no key could match, or that says <c>**</c> of a part of a segment.</summary>
    public static bool TryParse(string text, out KeyPattern pattern)
    {
        pattern = new KeyPattern(text);
        return Array.TrueForAll(
            pattern._segments,
            static segment => segment is not ("" or "." or "..") && (segment == AnySegments || !segment.Contains(AnySegments, StringComparison.Ordinal)));
    }

    public bool Matches(ReadOnlySpan<char> key) => Matches(_segments, key);

    public override string ToString() => Text;

    private static bool Matches(ReadOnlySpan<string> segments, ReadOnlySpan<char> key)
    {
        for (; !segments.IsEmpty; segments = segments[1..])
        {
            if (segments[0] == AnySegments)
            {
                return MatchesAnywhere(segments[1..], key);
            }

            // No key has an empty segment, so that an empty rest is the end of the key.
            if (key.IsEmpty || !MatchesSegment(segments[0], Cut(ref key)))
            {
                return false;
            }
        }

        return key.IsEmpty;
    }

    private static bool MatchesAnywhere(ReadOnlySpan<string> segments, ReadOnlySpan<char> key)
    {
        if (segments.IsEmpty)
        {
            return !key.IsEmpty;
        }

        for (; !key.IsEmpty; Cut(ref key))
        {
            if (Matches(segments, key))
            {
                return true;
            }
        }

        return false;
    }

    private static ReadOnlySpan<char> Cut(ref ReadOnlySpan<char> key)
    {
        var slash = key.IndexOf('/');
        var segment = slash < 0 ? key : key[..slash];
        key = slash < 0 ? [] : key[(slash + 1)..];
        return segment;
    }

    // What is between stars is taken where it first comes; what is after the last one must be at the end.
    private static bool MatchesSegment(ReadOnlySpan<char> pattern, ReadOnlySpan<char> segment)
    {
        var star = pattern.IndexOf('*');
        if (star < 0)
        {
            return segment.SequenceEqual(pattern);
        }

        if (!segment.StartsWith(pattern[..star], StringComparison.Ordinal))
        {
            return false;
        }

        pattern = pattern[(star + 1)..];
        segment = segment[star..];
        while ((star = pattern.IndexOf('*')) >= 0)
        {
            var found = segment.IndexOf(pattern[..star], StringComparison.Ordinal);
            if (found < 0)
            {
                return false;
            }

            pattern = pattern[(star + 1)..];
            segment = segment[(found + star)..];
        }

        return segment.EndsWith(pattern, StringComparison.Ordinal);
    }
}
