using Microsoft.Extensions.Options;
using ReleaseServer.Configuration;

namespace ReleaseServer.Site;

internal sealed class SiteOptionsValidator : IValidateOptions<SiteOptions>
{
    public ValidateOptionsResult Validate(string? name, SiteOptions options)
    {
        var faults = new ValidateOptionsResultBuilder();
        if (options.Path is { } path && !Directory.Exists(path))
        {
            faults.AddError($"must be an existing directory, is {SettingFault.Quote(path)}", "Site:Path");
        }

        if (options.StatePath.Length == 0)
        {
            faults.AddError("must not be empty", "Site:StatePath");
        }

        faults.AddUnlessWithin("Site:PollInterval", options.PollInterval, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1));
        faults.AddUnlessWithin("Site:LinkOverlap", options.LinkOverlap, TimeSpan.Zero, TimeSpan.FromDays(30));
        return faults.Build();
    }
}
