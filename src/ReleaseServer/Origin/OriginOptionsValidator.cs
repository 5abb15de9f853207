using System.Buffers;
using Microsoft.Extensions.Options;
using ReleaseServer.Configuration;

namespace ReleaseServer.Origin;

internal sealed class OriginOptionsValidator : IValidateOptions<OriginOptions>
{
    private const int LongestName = 64;

    // What is both a pseudonym in Via and a cdn-id (RFC 9110 §7.6.3, RFC 8586 §2): a token, without what separates members.
    private static readonly SearchValues<char> OfNames =
        SearchValues.Create("-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private static readonly SearchValues<char> OfPaths = SearchValues.Create(
        "!$%&'()*+,-./0123456789:;=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~");

    public ValidateOptionsResult Validate(string? name, OriginOptions options)
    {
        var faults = new ValidateOptionsResultBuilder();

        // URLs are not quoted: what is wrong with one may be a password in it.
        if (options.Urls.Any(static url => !IsOrigin(url)))
        {
            faults.AddError("must be absolute http or https URLs with neither user, path, query nor fragment, such as https://origin.example.org", "Origin:Urls");
        }
        else if (options.Urls.Select(static url => new Uri(url)).Distinct().Count() < options.Urls.Length)
        {
            faults.AddError("must name each origin once", "Origin:Urls");
        }

        if (!options.HealthPath.StartsWith('/') || options.HealthPath.AsSpan().ContainsAnyExcept(OfPaths))
        {
            faults.AddError($"must be a path as in a request, such as /traffic-manager; is {SettingFault.Quote(options.HealthPath)}", "Origin:HealthPath");
        }

        faults.AddUnlessWithin("Origin:HealthInterval", options.HealthInterval, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        faults.AddUnlessWithin("Origin:ConnectTimeout", options.ConnectTimeout, TimeSpan.FromMilliseconds(50), TimeSpan.FromMinutes(1));
        faults.AddUnlessWithin("Origin:AnswerTimeout", options.AnswerTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1));
        faults.AddUnlessWithin("Origin:StallTimeout", options.StallTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5));
        faults.AddUnlessWithin("Origin:MaxConnections", options.MaxConnections, 1, 100_000);
        if (options.Name.Length is 0 or > LongestName || options.Name.AsSpan().ContainsAnyExcept(OfNames))
        {
            faults.AddError($"must be 1 to {LongestName} letters, digits, - . _ and ~; is {SettingFault.Quote(options.Name)}", "Origin:Name");
        }

        return faults.Build();
    }

    private static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url)
        && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp)
        && url.Host.Length > 0
        && url.UserInfo.Length == 0
        && url.PathAndQuery == "/"
        && url.Fragment.Length == 0;
}
