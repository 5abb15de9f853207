namespace ReleaseServer.Http;

/// <summary>An entity tag (RFC 9110 §8.8.3).</summary>
/// <param name="Opaque">The opaque part with its double quotes, such as <c>"5d8c72"</c>.</param>
/// <param name="IsWeak">Whether the tag is marked <c>W/</c>: fit for caching, not for joining byte ranges.</param>
internal readonly record struct EntityTag(string Opaque, bool IsWeak = false)
{
    /// <summary>The strong comparison of RFC 9110 §8.8.3.2: both strong, same characters.</summary>
    public bool EqualsStrongly(EntityTag other) => !IsWeak && !other.IsWeak && Opaque == other.Opaque;

    /// <summary>The same tag, marked weak: what a content coding made on the way must carry.</summary>
    public EntityTag AsWeak() => this with { IsWeak = true };

    /// <summary>The field value, such as <c>W/"5d8c72"</c>.</summary>
    public override string ToString() => IsWeak ? "W/" + Opaque : Opaque;

    /// <summary>Parses one whole field value; white space around it is allowed, nothing else.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out EntityTag tag)
    {
        text = text.Trim();
        if (TryParsePrefix(text, out tag, out var length) && length == text.Length)
        {
            return true;
        }

        tag = default;
        return false;
    }

    /// <summary>Parses the tag at the start of <paramref name="text"/> and says how many characters it takes.</summary>
    public static bool TryParsePrefix(ReadOnlySpan<char> text, out EntityTag tag, out int length)
    {
        if (TryScan(text, out var opaque, out var weak, out length))
        {
            tag = new EntityTag(opaque.ToString(), weak);
            return true;
        }

        tag = default;
        return false;
    }

    /// <summary>As <see cref="TryParsePrefix"/>, without making a string of it: conditions are judged on the hot path.</summary>
    public static bool TryScan(ReadOnlySpan<char> text, out ReadOnlySpan<char> opaque, out bool weak, out int length)
    {
        weak = text.StartsWith("W/", StringComparison.Ordinal);
        var start = weak ? 2 : 0;
        if (text.Length > start && text[start] == '"')
        {
            for (var end = start + 1; end < text.Length && IsOpaqueCharacter(text[end]); end++)
            {
                if (text[end] == '"')
                {
                    opaque = text[start..(end + 1)];
                    length = end + 1;
                    return true;
                }
            }
        }

        opaque = default;
        length = 0;
        return false;
    }

    // etagc of RFC 9110 §8.8.3 (no space, no controls), and the closing quote.
    private static bool IsOpaqueCharacter(char c) => c is >= '\x21' and not '\x7f';
}
