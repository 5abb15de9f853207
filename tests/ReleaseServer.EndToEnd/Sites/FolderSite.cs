using ReleaseServer.EndToEnd.Processes;

namespace ReleaseServer.EndToEnd.Sites;

/// <summary>Our server on a folder bucket, or whatever already runs at <c>RELEASESERVER_TEST_BASE</c>.</summary>
public sealed class FolderSite : ReleaseSite
{
    private ServerProcess? _server;

    protected override async Task<Uri> StartAsync()
    {
        if (Environment.GetEnvironmentVariable("RELEASESERVER_TEST_BASE") is { Length: > 0 } running)
        {
            return new Uri(running);
        }

        var bucket = Path.Combine(Home, "bucket");
        ReleaseTree.Copy(await ReleaseTree.GetAsync(), bucket);
        string[] settings = ["--Bucket:Kind=folder", $"--Bucket:Path={bucket}"];
        (await ServerProcess.RunAsync("links", Home, settings)).Expect(0);
        (await ServerProcess.RunAsync("catalog", Home, settings)).Expect(0);
        _server = await ServerProcess.StartAsync(Home, settings);
        return _server.BaseAddress;
    }

    protected override ValueTask StopAsync() => _server?.DisposeAsync() ?? default;
}

[CollectionDefinition(nameof(FolderSite))]
public sealed class FolderSiteTests : ICollectionFixture<FolderSite>;
