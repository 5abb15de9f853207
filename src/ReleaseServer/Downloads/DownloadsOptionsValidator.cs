using Microsoft.Extensions.Options;
using ReleaseServer.Buckets;
using ReleaseServer.Configuration;

namespace ReleaseServer.Downloads;

internal sealed class DownloadsOptionsValidator : IValidateOptions<DownloadsOptions>
{
    public ValidateOptionsResult Validate(string? name, DownloadsOptions options)
    {
        var faults = new ValidateOptionsResultBuilder();
        if (options.Path.Length == 0)
        {
            faults.AddError("must not be empty", "Downloads:Path");
        }

        faults.AddUnlessWithin("Downloads:WriteInterval", options.WriteInterval, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
        faults.AddUnlessWithin("Downloads:KeepDays", options.KeepDays, 2, 400);
        if (options.CountryField is { } field && !field.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
        {
            faults.AddError("must be the name of a header field, such as CF-IPCountry", "Downloads:CountryField");
        }

        if (!options.Prefix.EndsWith('/') || !AssetKey.TryCreate(options.Prefix[..^1], out _))
        {
            faults.AddError("must be a directory of the bucket that is served, with a slash at its end, such as metrics/downloads/", "Downloads:Prefix");
        }

        return faults.Build();
    }
}
