using Microsoft.Extensions.Options;
using ReleaseServer.Configuration;

namespace ReleaseServer.Limits;

internal sealed class LimitsOptionsValidator : IValidateOptions<LimitsOptions>
{
    public ValidateOptionsResult Validate(string? name, LimitsOptions options)
    {
        var faults = new ValidateOptionsResultBuilder();
        faults.AddUnlessWithin("Limits:AbsentNamesPerSecond", options.AbsentNamesPerSecond, 0, 1_000_000);
        faults.AddUnlessWithin("Limits:AbsentNamesBurst", options.AbsentNamesBurst, 1, 1_000_000);
        faults.AddUnlessWithin("Limits:Clients", options.Clients, 100, 10_000_000);
        foreach (var network in options.TrustedProxies.Where(static text => !TrustedProxies.TryParse(text, out _)))
        {
            faults.AddError(
                $"must hold networks such as 10.0.0.0/8 or 2001:db8::/32 (no bits behind the prefix) or addresses, not {SettingFault.Quote(network)}", "Limits:TrustedProxies");
        }

        return faults.Build();
    }
}
