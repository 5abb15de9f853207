using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using ReleaseServer.Admin;

namespace ReleaseServer.Commands;

/// <summary>What the server says once it listens.</summary>
internal static partial class Announcement
{
    public static void Write(WebApplication app, ServerSettings settings, bool isNewSample)
    {
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("ReleaseServer");

        // Kestrel keeps the addresses in the order in which Listeners named them, with the ports that the system chose.
        var addresses = app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.ToList();
        var publicAddresses = addresses[..settings.Server.Urls.Length];
        var h2cAddresses = addresses[publicAddresses.Count..^settings.Server.AdminUrls.Length];
        LogVersion(logger, AdminEndpoints.Version);
        foreach (var address in publicAddresses)
        {
            LogPublic(logger, address);
        }

        foreach (var address in h2cAddresses)
        {
            LogH2c(logger, address);
        }

        foreach (var address in addresses[^settings.Server.AdminUrls.Length..])
        {
            LogAdmin(logger, address);
        }

        if (isNewSample)
        {
            Invite(publicAddresses[0]);
        }
    }

    private static void Invite(string address) => Console.WriteLine(
        $"""

        A sample release tree is in data/bucket. Try:
          a browser      {address}/dist/
          a download     curl -LO {address}/dist/latest/SHASUMS256.txt
          an install     N_NODE_MIRROR={address}/dist N_PREFIX=/tmp/n npx n lts

        """);

    [LoggerMessage(LogLevel.Information, "ReleaseServer {Version}")]
    private static partial void LogVersion(ILogger logger, string version);

    [LoggerMessage(LogLevel.Information, "Public: listening on {Address}")]
    private static partial void LogPublic(ILogger logger, string address);

    [LoggerMessage(LogLevel.Information, "Public, HTTP/2 without TLS: listening on {Address}")]
    private static partial void LogH2c(ILogger logger, string address);

    [LoggerMessage(LogLevel.Information, "Admin: listening on {Address}")]
    private static partial void LogAdmin(ILogger logger, string address);
}
