using Microsoft.Extensions.Primitives;

namespace ReleaseServer.Origin;

/// <summary>Keeps requests from going in circles: what has been forwarded under our name once is not forwarded again.</summary>
/// <remarks>
/// All nodes of a fleet go by one name, so a circle through a load balancer ends at its first turn, not after as many as there are nodes.
/// </remarks>
internal static class OriginLoop
{
    public const string CdnLoop = "CDN-Loop";

    /// <summary>Whether a request came by way of this name (RFC 9110 §7.6.3, RFC 8586 §2).</summary>
    public static bool HasPassed(IHeaderDictionary headers, string name) =>
        Members(headers.Via).Any(member => ReceivedBy(member).Equals(name, StringComparison.OrdinalIgnoreCase))
        || Members(headers[CdnLoop]).Any(member => CdnId(member).Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The field's members, and this one behind them.</summary>
    public static string Append(StringValues field, string member) => string.Join(", ", Members(field).Append(member));

    // A comma within a comment or a quoted text splits it in two; neither half can then be taken for a name that was not there.
    private static IEnumerable<string> Members(StringValues field) => field.SelectMany(
        static line => line?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? []);

    // [ protocol-name "/" ] protocol-version, received-by with or without a port, and perhaps a comment.
    private static string ReceivedBy(string member) =>
        member.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries) is [_, var by, ..] ? WithoutPort(by) : "";

    private static string CdnId(string member) => WithoutPort(member.Split(';')[0].TrimEnd());

    private static string WithoutPort(string host) => host.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon ? host[..colon] : host;
}
