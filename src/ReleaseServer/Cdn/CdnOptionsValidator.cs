using Microsoft.Extensions.Options;

namespace ReleaseServer.Cdn;

internal sealed class CdnOptionsValidator : IValidateOptions<CdnOptions>
{
    public ValidateOptionsResult Validate(string? name, CdnOptions options)
    {
        var faults = new ValidateOptionsResultBuilder();

        // URLs are not quoted: what is wrong with them may be a password in them.
        if (options.Url is { } url && !IsAddress(url, withQuery: options.Kind == CdnKind.Webhook))
        {
            faults.AddError("must be an absolute http or https URL with neither user nor fragment, and a query for a webhook only", "Cdn:Url");
        }

        if (options.Token is { } token && token.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            faults.AddError("must be visible ASCII without spaces", "Cdn:Token");
        }

        ValidateName("Cdn:Zone", options.Zone, faults);
        ValidateName("Cdn:Service", options.Service, faults);
        if (options.PublicUrl is { } publicUrl && !(IsAddress(publicUrl, withQuery: false) && publicUrl.AbsolutePath == "/"))
        {
            faults.AddError("must be an absolute http or https URL with neither user, path, query nor fragment, such as https://nodejs.org", "Cdn:PublicUrl");
        }

        if (options.Kind != CdnKind.None)
        {
            ValidateRequired(options, faults);
        }

        return faults.Build();
    }

    private static void ValidateRequired(CdnOptions options, ValidateOptionsResultBuilder faults)
    {
        if (options.Kind == CdnKind.Webhook && options.Url is null)
        {
            faults.AddError("is required when Cdn:Kind is 'webhook'", "Cdn:Url");
        }

        if (options.Kind != CdnKind.Webhook && options.Token is null)
        {
            faults.AddError("is required when Cdn:Kind is 'cloudflare' or 'fastly'", "Cdn:Token");
        }

        if (options.Kind == CdnKind.Cloudflare && options.Zone is null)
        {
            faults.AddError("is required when Cdn:Kind is 'cloudflare'", "Cdn:Zone");
        }

        if (options.Kind == CdnKind.Fastly && options.Service is null)
        {
            faults.AddError("is required when Cdn:Kind is 'fastly'", "Cdn:Service");
        }

        if (options.PurgeBy == CdnPurgeBy.Url && options.PublicUrl is null)
        {
            faults.AddError("is required when Cdn:PurgeBy is 'url'", "Cdn:PublicUrl");
        }
    }

    // It becomes a segment of a path.
    private static void ValidateName(string setting, string? value, ValidateOptionsResultBuilder faults)
    {
        if (value is not null && !value.All(static character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_'))
        {
            faults.AddError("must be letters, digits, - and _ only", setting);
        }
    }

    private static bool IsAddress(Uri url, bool withQuery) =>
        url.IsAbsoluteUri
        && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp)
        && url.Host.Length > 0
        && url.UserInfo.Length == 0
        && url.Fragment.Length == 0
        && (withQuery || url.Query.Length == 0);
}
