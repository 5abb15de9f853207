using System.Globalization;
using Microsoft.Extensions.Options;
using ReleaseServer.Configuration;

namespace ReleaseServer.Shadow;

internal sealed class ShadowOptionsValidator : IValidateOptions<ShadowOptions>
{
    private const long LongestBody = 1L << 40;

    public ValidateOptionsResult Validate(string? name, ShadowOptions options)
    {
        var faults = new ValidateOptionsResultBuilder();

        // Not quoted: what is wrong with it may be a password in it.
        if (options.Url is { } url && !IsOrigin(url))
        {
            faults.AddError("must be an absolute http or https URL with neither user, path, query nor fragment, such as http://candidate.example.org:8080", "Shadow:Url");
        }

        if (options.Share is not (>= 0 and <= 1))
        {
            faults.AddError(string.Create(CultureInfo.InvariantCulture, $"must be 0 to 1, is '{options.Share}'"), "Shadow:Share");
        }

        faults.AddUnlessWithin("Shadow:QueueLength", options.QueueLength, 1, 100_000);
        faults.AddUnlessWithin("Shadow:Concurrency", options.Concurrency, 1, 64);
        faults.AddUnlessWithin("Shadow:Timeout", options.Timeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5));
        faults.AddUnlessWithin("Shadow:MaxBodyBytes", options.MaxBodyBytes, 1, LongestBody);
        faults.AddUnlessWithin("Shadow:ConfirmAfter", options.ConfirmAfter, TimeSpan.Zero, TimeSpan.FromMinutes(5));
        return faults.Build();
    }

    private static bool IsOrigin(Uri url) =>
        url.IsAbsoluteUri
        && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp)
        && url.Host.Length > 0
        && url.UserInfo.Length == 0
        && url.PathAndQuery == "/"
        && url.Fragment.Length == 0;
}
