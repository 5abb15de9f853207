using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using ReleaseServer.Site;

namespace ReleaseServer.Commands;

/// <summary>The verb <c>serve</c>: builds the web host and runs it until a signal ends it.</summary>
internal static class ServeCommand
{
    public static async Task<int> RunAsync(ServerSettings settings, Caller caller, CancellationToken cancellationToken)
    {
        var data = SiteDataLoader.Load(settings.Site.Path);
        var isNewSample = await FirstRun.PrepareAsync(settings.Bucket, data, caller.WorkingDirectory, cancellationToken);
        await using var app = ServerHost.Build(settings, data, ReadChain.Build(settings.Bucket, TimeProvider.System));

        // Before the first request, so that nobody is told 503 for want of a look at the bucket.
        await app.Services.GetRequiredService<SiteLoader>().RefreshAsync(cancellationToken);
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (IOException exception) when (exception.InnerException is AddressInUseException)
        {
            return await FailAsync(caller, $"{exception.Message} Does another server run there? Other addresses: Server:Urls, Server:AdminUrls.");
        }
        catch (SocketException exception)
        {
            // Kestrel does not say which one: no address of this machine, or a port that needs privileges.
            var addresses = string.Join(", ", [.. settings.Server.Urls, .. settings.Server.H2cUrls, .. settings.Server.AdminUrls]);
            return await FailAsync(caller, $"Cannot listen on one of {addresses}: {exception.Message}. Other addresses: Server:Urls, Server:AdminUrls.");
        }

        Announcement.Write(app, settings, isNewSample);
        await app.WaitForShutdownAsync(cancellationToken);
        return ExitCode.Success;
    }

    private static async Task<int> FailAsync(Caller caller, string message)
    {
        await caller.Error.WriteLineAsync(message);
        return ExitCode.Failed;
    }
}
