using Microsoft.Extensions.Options;
using ReleaseServer.Configuration;

namespace ReleaseServer.Status;

internal sealed class StatusOptionsValidator : IValidateOptions<StatusOptions>
{
    public ValidateOptionsResult Validate(string? name, StatusOptions options)
    {
        var faults = new ValidateOptionsResultBuilder();
        faults.AddUnlessWithin("Status:Interval", options.Interval, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5));
        faults.AddUnlessWithin("Status:Timeout", options.Timeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1));
        AddUnlessPath("Status:DownloadPath", options.DownloadPath);
        AddUnlessPath("Status:ListingPath", options.ListingPath);
        if (options.Path.Length == 0)
        {
            faults.AddError("must not be empty", "Status:Path");
        }

        return faults.Build();

        void AddUnlessPath(string setting, string path)
        {
            if (!path.StartsWith('/') || path.StartsWith("//", StringComparison.Ordinal) || path.AsSpan().ContainsAnyExceptInRange('!', '~'))
            {
                faults.AddError("must be a path as clients ask for it, such as /dist/", setting);
            }
        }
    }
}
