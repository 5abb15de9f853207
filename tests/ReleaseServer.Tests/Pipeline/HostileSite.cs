using ReleaseServer.Buckets;
using ReleaseServer.Site;
using ReleaseServer.Testing.Server;
using ReleaseServer.Tests.Buckets;

namespace ReleaseServer.Tests.Pipeline;

/// <summary>A server of a folder whose whole tree is routed, with secrets beside the folder and beneath the reserved prefix.</summary>
public sealed class HostileSite : IAsyncLifetime
{
    /// <summary>In every file that no client may ever see.</summary>
    public const string Secret = "SECRET-THAT-NOBODY-MAY-READ";

    private readonly ScratchFolder _folder = new();
    private FolderBucket? _bucket;
    private RunningServer? _server;

    internal RunningServer Server => _server!;

    public async ValueTask InitializeAsync()
    {
        _folder.Write("secret.txt", Secret);
        _folder.Write("outside/secret.txt", Secret);
        _folder.Write("bucket-beside/secret.txt", Secret);
        _folder.Write("bucket/dist/file.txt", "a file of the bucket");
        _folder.Write("bucket/dist/line\r\nSet-Cookie: x=1/y", "a file of the bucket");
        _folder.Write("bucket/.release-server/secret.json", Secret);
        _folder.Write("bucket/.release-server/index.html", Secret);
        _folder.Write("bucket/.release-server/tmp/secret.json", Secret);
        Link("bucket/dist/escape", "../../secret.txt");
        Link("bucket/dist/absolute", _folder.In("secret.txt"));
        Link("bucket/dist/updir", "../..");
        Link("bucket/dist/loop", "loop");
        Link("bucket/dist/reserved", "../.release-server");
        Link("bucket/dist/reserved-file", "../.release-server/secret.json");
        Link("bucket/dist/root", "..");
        Link("bucket/dist/inside", "file.txt");
        _folder.Write("site/routes.json", """{ "format": 1, "routes": [ { "path": "/", "key": "" } ] }""");
        _folder.Write(
            "site/redirects.json",
            """
            { "format": 1, "redirects": [
              { "from": "/old*", "to": "/*", "status": 301 },
              { "from": "/moved/*", "to": "/dist/*", "status": 302 } ] }
            """);
        _bucket = new FolderBucket(_folder.In("bucket"));

        // Thousands of absent names from one address are what the tests are about.
        _server = await RunningServer.StartAsync(
            _bucket,
            TestContext.Current.CancellationToken,
            SiteDataLoader.Load(_folder.In("site")),
            configure: static settings => settings.Limits.AbsentNamesPerSecond = 0);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _bucket!.Dispose();
        _folder.Dispose();
    }

    private void Link(string name, string target) => File.CreateSymbolicLink(_folder.In(name), target);
}
