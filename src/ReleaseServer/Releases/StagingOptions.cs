using Microsoft.Extensions.Options;
using ReleaseServer.Buckets;
using ReleaseServer.Configuration;

namespace ReleaseServer.Releases;

/// <summary>Where releases lie before they are published: a bucket, and a place in it. Section <c>Staging</c>.</summary>
internal sealed class StagingOptions : BucketOptions
{
    public const string Section = "Staging";

    public StagingOptions() => Path = "data/staging";

    /// <summary>What stands before the keys that releases are to have, such as <c>staging/</c>. Default none.</summary>
    public string Prefix { get; set; } = "";
}

internal sealed class StagingOptionsValidator : IValidateOptions<StagingOptions>
{
    public ValidateOptionsResult Validate(string? name, StagingOptions options)
    {
        var faults = new ValidateOptionsResultBuilder();
        if (options.Prefix.Length > 0 && !AssetKey.TryCreateMarker(options.Prefix, out _))
        {
            faults.AddError($"must be empty or a prefix of keys that ends in a slash, such as staging/; is {SettingFault.Quote(options.Prefix)}", "Staging:Prefix");
        }

        return faults.Build();
    }
}
