using Microsoft.Extensions.Primitives;

namespace ReleaseServer.Http;

internal enum ContentCoding
{
    /// <summary>No coding.</summary>
    Identity,
    Gzip,
    Brotli,
}

/// <summary>Chooses the content coding of a response by the <c>Accept-Encoding</c> field (RFC 9110 §12.5.3).</summary>
internal static class AcceptEncoding
{
    /// <remarks>
    /// Only a coding that the client named is used; <c>*</c>, and no field at all, would allow any, but get identity, as from nginx.
    /// The highest weight wins; of equals brotli, then gzip, then identity, whose weight counts only where it is named.
    /// Nothing is refused: <c>identity;q=0</c> with no other coding gets identity (RFC 9110 §12.4.1).
    /// </remarks>
    public static ContentCoding Choose(StringValues value)
    {
        var (gzip, brotli, identity) = (0, 0, 0);
        foreach (var member in new WeightedList(value))
        {
            // x-gzip is gzip (RFC 9110 §8.4.1.3).
            if (member.Is("gzip") || member.Is("x-gzip"))
            {
                gzip = Math.Max(gzip, member.Weight);
            }
            else if (member.Is("br"))
            {
                brotli = Math.Max(brotli, member.Weight);
            }
            else if (member.Is("identity"))
            {
                identity = Math.Max(identity, member.Weight);
            }
        }

        var best = Math.Max(gzip, brotli);
        if (best == 0 || best < identity)
        {
            return ContentCoding.Identity;
        }

        return brotli == best ? ContentCoding.Brotli : ContentCoding.Gzip;
    }
}
