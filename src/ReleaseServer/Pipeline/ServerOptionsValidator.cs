using Microsoft.Extensions.Options;
using ReleaseServer.Configuration;

namespace ReleaseServer.Pipeline;

internal sealed class ServerOptionsValidator : IValidateOptions<ServerOptions>
{
    private const string UrlsName = "Server:Urls";
    private const string AdminUrlsName = "Server:AdminUrls";
    private const string H2cUrlsName = "Server:H2cUrls";

    public ValidateOptionsResult Validate(string? name, ServerOptions options)
    {
        var faults = new ValidateOptionsResultBuilder();
        ValidateAddresses(options, faults);
        faults.AddUnlessWithin("Server:MaxRequestLineBytes", options.MaxRequestLineBytes, 1_024, 1_048_576);
        faults.AddUnlessWithin("Server:MaxRequestHeadersBytes", options.MaxRequestHeadersBytes, 1_024, 1_048_576);
        faults.AddUnlessWithin("Server:MaxConnections", options.MaxConnections, 10, 10_000_000);
        faults.AddUnlessWithin("Server:KeepAliveTimeout", options.KeepAliveTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        faults.AddUnlessWithin("Server:RequestHeadersTimeout", options.RequestHeadersTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
        faults.AddUnlessWithin("Server:MinResponseBytesPerSecond", options.MinResponseBytesPerSecond, 0, 1_000_000_000);
        faults.AddUnlessWithin("Server:DrainTime", options.DrainTime, TimeSpan.Zero, TimeSpan.FromHours(1));
        faults.AddUnlessWithin("Server:StopDelay", options.StopDelay, TimeSpan.Zero, TimeSpan.FromMinutes(5));
        return faults.Build();
    }

    private static void ValidateAddresses(ServerOptions options, ValidateOptionsResultBuilder faults)
    {
        var open = Parse(UrlsName, options.Urls, faults);
        var admin = Parse(AdminUrlsName, options.AdminUrls, faults);
        var h2c = Parse(H2cUrlsName, options.H2cUrls, faults);
        if (options.Urls.Length == 0)
        {
            faults.AddError("must hold at least one address", UrlsName);
        }

        if (options.AdminUrls.Length == 0)
        {
            faults.AddError("must hold at least one address", AdminUrlsName);
        }

        foreach (var address in h2c.Where(address => address.IsHttps))
        {
            faults.AddError($"must begin with http://, holds '{address}'", H2cUrlsName);
        }

        AddOverlaps(open, UrlsName, [], faults);
        AddOverlaps(admin, AdminUrlsName, Of(open, UrlsName), faults);
        AddOverlaps(h2c, H2cUrlsName, [.. Of(open, UrlsName), .. Of(admin, AdminUrlsName)], faults);
    }

    private static List<ListenAddress> Parse(string name, string[] urls, ValidateOptionsResultBuilder faults)
    {
        var addresses = new List<ListenAddress>();
        for (var i = 0; i < urls.Length; i++)
        {
            if (ListenAddress.TryParse(urls[i], out var address))
            {
                addresses.Add(address);
            }
            else
            {
                // Not quoted where it may hold a password: http://user:password@host.
                var which = urls[i].Contains('@', StringComparison.Ordinal) ? $"number {i + 1}" : SettingFault.Quote(urls[i]);
                faults.AddError($"must hold addresses such as http://localhost:8080 or https://*:443 (with a port, without a path), not {which}", name);
            }
        }

        return addresses;
    }

    private static IEnumerable<(ListenAddress Address, string Name)> Of(IEnumerable<ListenAddress> addresses, string name) =>
        addresses.Select(address => (address, name));

    private static void AddOverlaps(
        List<ListenAddress> addresses, string name, IEnumerable<(ListenAddress Address, string Name)> others, ValidateOptionsResultBuilder faults)
    {
        for (var i = 0; i < addresses.Count; i++)
        {
            foreach (var other in others.Concat(Of(addresses.Take(i), name)).Where(other => other.Address.Overlaps(addresses[i])))
            {
                faults.AddError($"holds '{addresses[i]}', which is taken by '{other.Address}' of {other.Name}", name);
            }
        }
    }
}
