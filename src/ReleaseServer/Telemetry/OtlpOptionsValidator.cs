using Microsoft.Extensions.Options;
using ReleaseServer.Configuration;

namespace ReleaseServer.Telemetry;

internal sealed class OtlpOptionsValidator : IValidateOptions<OtlpOptions>
{
    public ValidateOptionsResult Validate(string? name, OtlpOptions options)
    {
        var faults = new ValidateOptionsResultBuilder();
        if (options.Endpoint is { } endpoint && !IsUsable(endpoint))
        {
            faults.AddError("must be an absolute http or https URL with neither user, query nor fragment, such as http://localhost:4317", "Otlp:Endpoint");
        }

        if (options.Headers is { } headers && headers.Split(',').Any(static field => field.IndexOf('=', StringComparison.Ordinal) < 1))
        {
            faults.AddError("must be fields such as name=value, with commas between", "Otlp:Headers");
        }

        if (options.TraceRatio is < 0 or > 1)
        {
            faults.AddError("must be 0 to 1", "Otlp:TraceRatio");
        }

        faults.AddUnlessWithin("Otlp:Interval", options.Interval, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
        return faults.Build();
    }

    private static bool IsUsable(Uri url) =>
        url.IsAbsoluteUri
        && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)
        && url.UserInfo.Length == 0
        && url.Query.Length == 0
        && url.Fragment.Length == 0;
}
