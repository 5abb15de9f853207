using System.Security.Cryptography;
using System.Text;

namespace ReleaseServer.Admin;

/// <summary>The token that whoever changes something at the admin address must bring (RFC 6750 §2.1).</summary>
internal static class BearerToken
{
    private const string Scheme = "Bearer ";

    /// <summary>Whether the request brings it, once and whole.</summary>
    public static bool IsIn(HttpRequest request, string token) =>
        request.Headers.Authorization is [{ } value]
        && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(Digest(value[Scheme.Length..]), Digest(token));

    // By digests of one length, so that the time it takes says nothing of the token.
    private static byte[] Digest(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
