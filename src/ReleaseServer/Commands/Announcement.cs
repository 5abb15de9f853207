using System.Runtime;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using ReleaseServer.Admin;
using ReleaseServer.Transport;

namespace ReleaseServer.Commands;

/// <summary>What the server says when it begins, and once it listens.</summary>
internal static partial class Announcement
{
    public static void WriteVersion(WebApplication app) => LogVersion(LoggerOf(app), AdminEndpoints.Version);

    /// <summary>Says what decides about the cost of a request: none of it can be seen from outside.</summary>
    public static void WriteSending(WebApplication app, ServerSettings settings)
    {
        var lends = app.Services.GetService<LendingTransport>() is not null;
        LogSending(
            LoggerOf(app),
            lends ? "on" : "off",
            lends && settings.Server.InlineCompletions ? "on" : "off",
            GCSettings.IsServerGC ? "server" : "workstation");
    }

    /// <param name="isNewSample">Whether to say what there is to try.</param>
    public static void Write(WebApplication app, ServerSettings settings, bool isNewSample)
    {
        var logger = LoggerOf(app);

        // Kestrel keeps the addresses in the order in which Listeners named them, with the ports that the system chose.
        var addresses = app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.ToList();
        var publicAddresses = addresses[..settings.Server.Urls.Length];
        var h2cAddresses = addresses[publicAddresses.Count..^settings.Server.AdminUrls.Length];
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
            LogSample(logger, settings.Bucket.Path);
            LogBrowser(logger, publicAddresses[0]);
            LogDownload(logger, publicAddresses[0]);
            LogInstall(logger, publicAddresses[0]);
        }
    }

    private static ILogger LoggerOf(WebApplication app) => app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("ReleaseServer");

    [LoggerMessage(LogLevel.Information, "ReleaseServer {Version}")]
    private static partial void LogVersion(ILogger logger, string version);

    [LoggerMessage(LogLevel.Information, "Lending {Lending}, inline completions {InlineCompletions}, {Collector} garbage collector")]
    private static partial void LogSending(ILogger logger, string lending, string inlineCompletions, string collector);

    [LoggerMessage(LogLevel.Information, "Public: listening on {Address}")]
    private static partial void LogPublic(ILogger logger, string address);

    [LoggerMessage(LogLevel.Information, "Public, HTTP/2 without TLS: listening on {Address}")]
    private static partial void LogH2c(ILogger logger, string address);

    [LoggerMessage(LogLevel.Information, "Admin: listening on {Address}")]
    private static partial void LogAdmin(ILogger logger, string address);

    [LoggerMessage(LogLevel.Information, "A sample release tree is in {Path}. Try:")]
    private static partial void LogSample(ILogger logger, string path);

    [LoggerMessage(LogLevel.Information, "  a browser   {Address}/dist/")]
    private static partial void LogBrowser(ILogger logger, string address);

    [LoggerMessage(LogLevel.Information, "  a download  curl -LO {Address}/dist/latest/SHASUMS256.txt")]
    private static partial void LogDownload(ILogger logger, string address);

    [LoggerMessage(LogLevel.Information, "  an install  N_NODE_MIRROR={Address}/dist N_PREFIX=/tmp/n npx --yes n lts")]
    private static partial void LogInstall(ILogger logger, string address);
}
