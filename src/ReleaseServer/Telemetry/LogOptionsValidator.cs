using Microsoft.Extensions.Options;
using ReleaseServer.Configuration;

namespace ReleaseServer.Telemetry;

internal sealed class LogOptionsValidator : IValidateOptions<LogOptions>
{
    public ValidateOptionsResult Validate(string? name, LogOptions options)
    {
        var faults = new ValidateOptionsResultBuilder();
        faults.AddUnlessWithin("Log:QueueLength", options.QueueLength, 100, 1_000_000);
        return faults.Build();
    }
}
