using Microsoft.AspNetCore.Connections;
using ReleaseServer.Site;

namespace ReleaseServer.Commands;

/// <summary>The verb <c>serve</c>: builds the web host and runs it until a signal ends it.</summary>
internal static class ServeCommand
{
    public static async Task<int> RunAsync(ServerSettings settings, CancellationToken cancellationToken)
    {
        var data = SiteDataLoader.Load(settings.Site.Path);
        var isNewSample = await FirstRun.PrepareAsync(settings.Bucket, data, cancellationToken);
        await using var app = ServerHost.Build(settings, data, ReadChain.Build(settings.Bucket, TimeProvider.System));

        // Before the first request, so that nobody is told 503 for want of a look at the bucket.
        await app.Services.GetRequiredService<SiteLoader>().RefreshAsync(cancellationToken);
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (IOException exception) when (exception.InnerException is AddressInUseException)
        {
            await Console.Error.WriteLineAsync($"{exception.Message} Does another server run there? Other addresses: Server:Urls, Server:AdminUrls.");
            return ExitCode.Failed;
        }

        Announcement.Write(app, settings, isNewSample);
        await app.WaitForShutdownAsync(cancellationToken);
        return ExitCode.Success;
    }
}
