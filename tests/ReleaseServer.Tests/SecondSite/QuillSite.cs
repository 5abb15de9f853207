using ReleaseServer.Listings;
using ReleaseServer.Releases;
using ReleaseServer.Site;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Server;

namespace ReleaseServer.Tests.SecondSite;

/// <summary>The whole server on two ports of its own, with the data of an imaginary project and a bucket in memory.</summary>
public sealed class QuillSite : IAsyncLifetime
{
    private static readonly DateTimeOffset Released = new(2026, 3, 4, 5, 6, 0, TimeSpan.Zero);

    private readonly SiteData _data = SiteDataLoader.Load(Path.Combine(Repository.Root, "tests", "ReleaseServer.Tests", "SecondSite", "Data"));
    private RunningServer? _server;

    /// <summary>Asks the public address; follows no redirect.</summary>
    public HttpClient Client { get; private set; } = null!;

    public HttpClient Admin { get; private set; } = null!;

    internal InMemoryBucket Bucket { get; } = new();

    public async ValueTask InitializeAsync()
    {
        foreach (var version in (string[])["1.4.2", "1.4.10", "1.10.0"])
        {
            PutRelease(version);
        }

        Bucket.Put("beta/quill-2.0.0-beta.2/quill.tar.zst", "beta 2", Released);
        Bucket.Put("beta/quill-2.0.0-beta.10/quill.tar.zst", "beta 10", Released);
        Bucket.Put("releases.json", """["1.10.0", "1.4.10", "1.4.2"]""", Released);
        Bucket.Put("old/0.9/quill.tar.zst", "old", Released);
        await PublishAsync();

        _server = await RunningServer.StartAsync(
            Bucket, TestContext.Current.CancellationToken, _data, settings => settings.Site.Path = _data.Origin);
        Client = NewClient(_server.PublicPort);
        Admin = NewClient(_server.AdminPort);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Admin.Dispose();
        await _server!.DisposeAsync();
    }

    internal void PutRelease(string version)
    {
        Bucket.Put($"{version}/quill-{version}.tar.zst", $"archive of {version}", Released);
        Bucket.Put($"{version}/quill-{version}.tar.zst.sig", $"signature of {version}", Released);
        Bucket.Put($"{version}/docs/index.html", $"<title>Quill {version}</title>", Released);
        Bucket.Put($"{version}/install.quill", $"install {version}", Released);
    }

    /// <summary>What the commands <c>links</c> and <c>catalog</c> do.</summary>
    internal async Task PublishAsync()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var publisher = new SitePublisher(Bucket, TimeProvider.System);
        var inventory = await BucketInventory.ReadAsync(Bucket, [], progress: null, cancellation);
        await publisher.PublishLinksAsync(LinkPlanner.Plan(_data.Releases, inventory).Links, cancellation);
        await CatalogWriter.WriteAsync(Bucket, (await publisher.ReadLinksAsync(cancellation)).Table, new CatalogWriteOptions(), progress: null, cancellation);
        await publisher.PublishCatalogAsync(changed: true, cancellation);
    }

    private static HttpClient NewClient(int port) =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
}
