using Microsoft.Extensions.Options;
using ReleaseServer.Configuration;

namespace ReleaseServer.Alerting;

internal sealed class SentryOptionsValidator : IValidateOptions<SentryOptions>
{
    public ValidateOptionsResult Validate(string? name, SentryOptions options)
    {
        var faults = new ValidateOptionsResultBuilder();
        if (options.Dsn is { } dsn && !SentryDsn.TryParse(dsn, out _))
        {
            faults.AddError("must be a project's DSN, such as https://PUBLICKEY@o0.ingest.sentry.io/42", "Sentry:Dsn");
        }

        // What Sentry refuses in these names.
        if (options.Environment.Length is 0 or > 64 || options.Environment is "None" || options.Environment.AsSpan().ContainsAny(" /\t"))
        {
            faults.AddError("must be 1 to 64 characters without spaces and slashes, and not 'None'", "Sentry:Environment");
        }

        if (options.Release is { } release && (release.Length > 200 || release is "." or ".." || release.AsSpan().ContainsAny("/\\\t")))
        {
            faults.AddError("must be at most 200 characters without slashes and backslashes", "Sentry:Release");
        }

        if (options.SampleRate is not (>= 0 and <= 1))
        {
            faults.AddError($"must be 0 to 1, is '{SettingValue.Format(options.SampleRate)}'", "Sentry:SampleRate");
        }

        faults.AddUnlessWithin("Sentry:MaxBreadcrumbs", options.MaxBreadcrumbs, 0, BreadcrumbTrail.MostOfRequest);
        faults.AddUnlessWithin("Sentry:MaxQueueItems", options.MaxQueueItems, 1, 10_000);
        faults.AddUnlessWithin("Sentry:ShutdownTimeout", options.ShutdownTimeout, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        return faults.Build();
    }
}
