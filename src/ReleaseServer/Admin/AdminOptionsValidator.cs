using Microsoft.Extensions.Options;

namespace ReleaseServer.Admin;

internal sealed class AdminOptionsValidator : IValidateOptions<AdminOptions>
{
    private const int ShortestToken = 16;

    public ValidateOptionsResult Validate(string? name, AdminOptions options)
    {
        var faults = new ValidateOptionsResultBuilder();
        if (options.Token is { } token && (token.Length < ShortestToken || token.AsSpan().ContainsAnyExceptInRange('!', '~')))
        {
            faults.AddError($"must be at least {ShortestToken} characters of visible ASCII, without spaces", "Admin:Token");
        }

        // URLs are not quoted: what is wrong with one may be a password in it.
        if (options.Nodes.Any(static node => !IsNode(node)))
        {
            faults.AddError("must be absolute http or https URLs with neither user, path, query nor fragment, such as http://10.0.0.5:8081", "Admin:Nodes");
        }

        return faults.Build();
    }

    /// <summary>Whether a text is the admin address of a node: scheme, host and port, and nothing else.</summary>
    public static bool IsNode(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url)
        && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp)
        && url.Host.Length > 0
        && url.UserInfo.Length == 0
        && url.PathAndQuery == "/"
        && url.Fragment.Length == 0;
}
