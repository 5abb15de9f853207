using Microsoft.Extensions.Options;
using ReleaseServer.Configuration;

namespace ReleaseServer.Alerting;

internal sealed class AlertingOptionsValidator : IValidateOptions<AlertingOptions>
{
    public ValidateOptionsResult Validate(string? name, AlertingOptions options)
    {
        var faults = new ValidateOptionsResultBuilder();

        // URLs are not quoted: what is wrong with them may be a password in them.
        if (options.RunbookUrl is { } url && !AlertAddress.IsUsable(url))
        {
            faults.AddError("must be an absolute http or https URL with neither user nor fragment, such as https://wiki.example.org/sops/", "Alerting:RunbookUrl");
        }

        faults.AddUnlessWithin("Alerting:QuietTime", options.QuietTime, TimeSpan.FromSeconds(10), TimeSpan.FromHours(24));
        faults.AddUnlessWithin("Alerting:RemindAfter", options.RemindAfter, TimeSpan.FromMinutes(1), TimeSpan.FromDays(7));
        faults.AddUnlessWithin("Alerting:Burst", options.Burst, 1, 100);
        return faults.Build();
    }
}

/// <summary>What an address in the settings of this room may be.</summary>
internal static class AlertAddress
{
    public static bool IsUsable(Uri url) =>
        url.IsAbsoluteUri
        && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp)
        && url.Host.Length > 0
        && url.UserInfo.Length == 0
        && url.Fragment.Length == 0;
}
