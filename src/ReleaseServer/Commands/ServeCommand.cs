using ReleaseServer.Buckets;
using ReleaseServer.Site;
using ReleaseServer.Supervision;

namespace ReleaseServer.Commands;

/// <summary>The verb <c>serve</c>: builds the web host and runs it until a signal ends it.</summary>
internal static class ServeCommand
{
    public static async Task<int> RunAsync(ServerSettings settings, Caller caller, CancellationToken cancellationToken)
    {
        var hasStarted = false;
        try
        {
            return await RunAsync(settings, caller, () => hasStarted = true, cancellationToken);
        }
        catch (Exception exception) when (!hasStarted && exception is not OperationCanceledException)
        {
            await TellAsync(settings, caller, exception.Message, exception);
            throw;
        }
    }

    private static async Task<int> RunAsync(ServerSettings settings, Caller caller, Action onStarted, CancellationToken cancellationToken)
    {
        var data = SiteDataLoader.Load(settings.Site.Path);
        bool isNewSample;
        try
        {
            isNewSample = await FirstRun.PrepareAsync(settings.Bucket, data, caller.WorkingDirectory, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return await FailAsync(
                settings,
                caller,
                $"{exception.Message} The sample needs a place: run in a directory you may write to, or give --Bucket:Path.");
        }

        await using var app = ServerHost.Build(settings, data, BucketFactory.Create(settings.Bucket, TimeProvider.System));
        await using var supervisor = Supervisor.Open(caller.Environment, app.Services);
        Announcement.WriteVersion(app);
        Announcement.WriteSending(app, settings);

        // Before the first request, so that nobody is told 503 for want of a look at the bucket.
        await app.Services.GetRequiredService<SiteLoader>().RefreshAsync(cancellationToken);
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (Exception exception) when (BindFailure.Describe(exception, app, settings) is { } message)
        {
            return await FailAsync(settings, caller, message);
        }

        onStarted();
        Announcement.Write(app, settings, isNewSample);
        supervisor?.Start();
        await app.WaitForShutdownAsync(cancellationToken);
        return ExitCode.Success;
    }

    private static async Task<int> FailAsync(ServerSettings settings, Caller caller, string message)
    {
        await caller.Error.WriteLineAsync(message);
        await TellAsync(settings, caller, message);
        return ExitCode.Failed;
    }

    private static Task TellAsync(ServerSettings settings, Caller caller, string message, Exception? exception = null) =>
        StartFailure.TellAsync(settings.Alerts, ServerSettings.SecretsOf(settings), caller, message, exception);
}
