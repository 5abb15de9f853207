using System.Buffers;
using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Resilience;

/// <summary>Whether what two buckets say proves that they hold the same bytes.</summary>
internal static class SameBytes
{
    // Digits of an MD5, the shortest digest that stores make entity tags of.
    private const int DigestDigits = 32;

    private static readonly SearchValues<char> Hexadecimal = SearchValues.Create("0123456789abcdefABCDEF");

    public static bool AreProven(RepresentationMetadata one, RepresentationMetadata other)
    {
        if (one.Length != other.Length || one.ContentEncoding != other.ContentEncoding)
        {
            return false;
        }

        var isProven = false;
        foreach (var digest in one.Digests)
        {
            foreach (var otherDigest in other.Digests)
            {
                if (digest.Algorithm == otherDigest.Algorithm)
                {
                    if (digest != otherDigest)
                    {
                        return false;
                    }

                    isProven |= digest.IsProof;
                }
            }
        }

        return isProven || (one.EntityTag == other.EntityTag && IsOfContent(one.EntityTag));
    }

    /// <summary>Whether a tag is a digest, or one of digests of parts with their number. One of date and length, as folders have, can be that of two files.</summary>
    public static bool IsOfContent(EntityTag tag)
    {
        var opaque = tag.Opaque;
        var text = opaque.AsSpan().Trim('"');
        var digits = text.IndexOf('-') is >= 0 and var dash ? text[..dash] : text;
        return opaque.StartsWith('"')
            && digits.Length >= DigestDigits
            && !digits.ContainsAnyExcept(Hexadecimal)
            && !text[digits.Length..].TrimStart('-').ContainsAnyExceptInRange('0', '9');
    }
}
