using Microsoft.Extensions.Options;
using ReleaseServer.Configuration;

namespace ReleaseServer.Buckets;

/// <param name="section">What the settings are called: <c>Bucket</c>, or <c>Bucket:Replicas:0</c>.</param>
internal sealed class BucketOptionsValidator(string section = "Bucket") : IValidateOptions<BucketOptions>
{
    public ValidateOptionsResult Validate(string? name, BucketOptions options)
    {
        var faults = new ValidateOptionsResultBuilder();
        if (options.Kind == BucketKind.Folder && options.Path.Length == 0)
        {
            faults.AddError($"must not be empty when {section}:Kind is 'folder'", $"{section}:Path");
        }

        if (options.Kind == BucketKind.S3)
        {
            ValidateS3(options, faults);
        }

        if (options.Endpoint is { } endpoint && !IsServiceRoot(endpoint))
        {
            // The URL is not quoted: what is wrong with it may be a password in it.
            faults.AddError(
                "must be an absolute http or https URL with neither user, path, query nor fragment, such as https://s3.example.org",
                $"{section}:Endpoint");
        }

        if (options.AccessKey is null != options.SecretKey is null)
        {
            var (missing, given) = options.AccessKey is null ? ("AccessKey", "SecretKey") : ("SecretKey", "AccessKey");
            faults.AddError($"must be set together with {section}:{given}", $"{section}:{missing}");
        }

        faults.AddUnlessWithin($"{section}:AttemptTimeout", options.AttemptTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5));
        faults.AddUnlessWithin($"{section}:StallTimeout", options.StallTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5));
        faults.AddUnlessWithin($"{section}:MaxConnections", options.MaxConnections, 1, 1_000_000);
        return faults.Build();
    }

    private void ValidateS3(BucketOptions options, ValidateOptionsResultBuilder faults)
    {
        if (options.Name is null)
        {
            faults.AddError($"is required when {section}:Kind is 's3'", $"{section}:Name");
        }
        else if (options.Name.AsSpan().ContainsAny("/?#@ "))
        {
            faults.AddError("must be the bucket's name alone, not a URL or path", $"{section}:Name");
        }

        if (options.Region.Length == 0)
        {
            faults.AddError($"must not be empty when {section}:Kind is 's3'", $"{section}:Region");
        }
    }

    private static bool IsServiceRoot(Uri endpoint) =>
        endpoint.IsAbsoluteUri
        && (endpoint.Scheme == Uri.UriSchemeHttps || endpoint.Scheme == Uri.UriSchemeHttp)
        && endpoint.Host.Length > 0
        && endpoint.UserInfo.Length == 0
        && endpoint.PathAndQuery == "/"
        && endpoint.Fragment.Length == 0;
}
