using System.Globalization;
using Microsoft.Extensions.Options;
using ReleaseServer.Buckets;
using ReleaseServer.Configuration;

namespace ReleaseServer.Resilience;

internal sealed class RetryOptionsValidator : IValidateOptions<RetryOptions>
{
    private const string Section = RetryOptions.Section;

    public ValidateOptionsResult Validate(string? name, RetryOptions options)
    {
        var faults = new ValidateOptionsResultBuilder();
        faults.AddUnlessWithin($"{Section}:Attempts", options.Attempts, 1, 10);
        faults.AddUnlessWithin($"{Section}:FlakyAttempts", options.FlakyAttempts, 1, 20);
        faults.AddUnlessWithin($"{Section}:Delay", options.Delay, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(10));
        faults.AddUnlessWithin($"{Section}:MaxDelay", options.MaxDelay, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1));
        faults.AddUnlessWithin($"{Section}:TotalTimeout", options.TotalTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5));
        faults.AddUnlessWithin($"{Section}:BudgetPercent", options.BudgetPercent, 0, 100);
        faults.AddUnlessWithin($"{Section}:BudgetFloor", options.BudgetFloor, 0, 1000);
        if (options.HedgePercentile != 0)
        {
            faults.AddUnlessWithin($"{Section}:HedgePercentile", options.HedgePercentile, 50, 99);
        }

        return faults.Build();
    }
}

internal sealed class BreakerOptionsValidator : IValidateOptions<BreakerOptions>
{
    public ValidateOptionsResult Validate(string? name, BreakerOptions options)
    {
        var faults = new ValidateOptionsResultBuilder();
        faults.AddUnlessWithin($"{BreakerOptions.Section}:Failures", options.Failures, 1, 1000);
        faults.AddUnlessWithin($"{BreakerOptions.Section}:ProbeInterval", options.ProbeInterval, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5));
        return faults.Build();
    }
}

internal sealed class ConcurrencyOptionsValidator : IValidateOptions<ConcurrencyOptions>
{
    public ValidateOptionsResult Validate(string? name, ConcurrencyOptions options)
    {
        var faults = new ValidateOptionsResultBuilder();
        faults.AddUnlessWithin($"{ConcurrencyOptions.Section}:Files", options.Files, 1, 1_000_000);
        faults.AddUnlessWithin($"{ConcurrencyOptions.Section}:Listings", options.Listings, 1, 100_000);
        faults.AddUnlessWithin($"{ConcurrencyOptions.Section}:Control", options.Control, 1, 100_000);
        return faults.Build();
    }
}

internal sealed class ReplicationOptionsValidator : IValidateOptions<ReplicationOptions>
{
    public ValidateOptionsResult Validate(string? name, ReplicationOptions options)
    {
        var faults = new ValidateOptionsResultBuilder();
        faults.AddUnlessWithin($"{ReplicationOptions.Section}:PollInterval", options.PollInterval, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1));
        faults.AddUnlessWithin($"{ReplicationOptions.Section}:MaxLag", options.MaxLag, TimeSpan.Zero, TimeSpan.FromDays(7));
        return faults.Build();
    }
}

/// <summary>Finds replicas that are no other place than a bucket before them: they would fail together, which is no replica.</summary>
internal sealed class ReplicasValidator(BucketOptions primary) : IValidateOptions<ResilienceOptions>
{
    public ValidateOptionsResult Validate(string? name, ResilienceOptions options)
    {
        var faults = new ValidateOptionsResultBuilder();
        var places = new Dictionary<(BucketKind, string, string), string> { [PlaceOf(primary)] = "Bucket" };
        for (var i = 0; i < options.Replicas.Count; i++)
        {
            var section = string.Create(CultureInfo.InvariantCulture, $"{ResilienceOptions.ReplicasSection}:{i}");
            var replica = options.Replicas[i];
            if (!places.TryAdd(PlaceOf(replica), section))
            {
                faults.AddError($"is the same place as {places[PlaceOf(replica)]}", $"{section}:{(replica.Kind == BucketKind.Folder ? "Path" : "Name")}");
            }
        }

        return faults.Build();
    }

    private static (BucketKind Kind, string Place, string Name) PlaceOf(BucketOptions options) => options.Kind == BucketKind.Folder
        ? (options.Kind, options.Path, "")
        : (options.Kind, options.Endpoint?.ToString() ?? options.Region, options.Name ?? "");
}
