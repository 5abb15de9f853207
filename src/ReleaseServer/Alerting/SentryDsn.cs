using System.Diagnostics.CodeAnalysis;

namespace ReleaseServer.Alerting;

/// <summary>What a DSN says: <c>scheme://PUBLIC[:SECRET]@host[:port]/[path/]PROJECT</c>. Immutable.</summary>
/// <param name="Envelopes">Where envelopes are posted to: <c>scheme://host[:port]/[path/]api/PROJECT/envelope/</c>.</param>
/// <param name="SecretKey">Null in DSNs of today.</param>
internal sealed record SentryDsn(Uri Envelopes, string PublicKey, string? SecretKey)
{
    /// <summary>The value of the field X-Sentry-Auth.</summary>
    public string Authorization { get; } =
        $"Sentry sentry_version=7,sentry_client={AlertSource.Client},sentry_key={PublicKey}" + (SecretKey is null ? "" : $",sentry_secret={SecretKey}");

    public static bool TryParse(string text, [NotNullWhen(true)] out SentryDsn? dsn)
    {
        dsn = null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri)
            || (uri.Scheme != Uri.UriSchemeHttps && uri.Scheme != Uri.UriSchemeHttp)
            || uri.Host.Length == 0
            || uri.Fragment.Length > 0)
        {
            return false;
        }

        var keys = uri.UserInfo.Split(':');
        var path = uri.AbsolutePath.TrimEnd('/');
        var slash = path.LastIndexOf('/');
        var project = slash < 0 ? "" : path[(slash + 1)..];
        if (keys.Length > 2 || !keys.All(IsWord) || project.Length == 0 || !IsWord(project))
        {
            return false;
        }

        var envelopes = new Uri($"{uri.Scheme}://{uri.Authority}{path[..slash]}/api/{project}/envelope/");
        dsn = new SentryDsn(envelopes, keys[0], keys.Length == 2 ? keys[1] : null);
        return true;
    }

    // A record would print its members.
    public override string ToString() => Envelopes.Authority;

    // They become part of a header field.
    private static bool IsWord(string text) => text.Length > 0 && text.All(static character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.');
}
