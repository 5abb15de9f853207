using System.Buffers;
using Microsoft.Extensions.Options;
using ReleaseServer.Configuration;

namespace ReleaseServer.Caching;

internal sealed class CacheOptionsValidator : IValidateOptions<CacheOptions>
{
    // A token: RFC 9110 §5.6.2.
    private static readonly SearchValues<char> OfTokens =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    public ValidateOptionsResult Validate(string? name, CacheOptions options)
    {
        var faults = new ValidateOptionsResultBuilder();
        faults.AddUnlessWithin("Cache:MemoryBytes", options.MemoryBytes, 16L << 20, 1L << 40);
        faults.AddUnlessWithin("Cache:DiskBytes", options.DiskBytes, 0, 1L << 50);
        if (options.MaxAge is { } maxAge)
        {
            faults.AddUnlessWithin("Cache:MaxAge", maxAge, TimeSpan.Zero, TimeSpan.FromHours(8760));
        }

        faults.AddUnlessWithin("Cache:MaxFills", options.MaxFills, 1, 100_000);
        faults.AddUnlessWithin("Cache:MaxQueuedFills", options.MaxQueuedFills, 0, 1_000_000);
        if (options.TagField.AsSpan().ContainsAnyExcept(OfTokens))
        {
            faults.AddError($"must be the name of a header field, or empty; is {SettingFault.Quote(options.TagField)}", "Cache:TagField");
        }

        return faults.Build();
    }
}
