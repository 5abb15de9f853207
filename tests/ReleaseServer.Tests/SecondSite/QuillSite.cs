using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using ReleaseServer.Buckets;
using ReleaseServer.Commands;
using ReleaseServer.Listings;
using ReleaseServer.Pipeline;
using ReleaseServer.Releases;
using ReleaseServer.Site;
using ReleaseServer.Telemetry;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Tests.Buckets;

namespace ReleaseServer.Tests.SecondSite;

/// <summary>The whole server on two ports of its own, with the data of an imaginary project and a bucket in memory.</summary>
public sealed class QuillSite : IAsyncLifetime
{
    private static readonly DateTimeOffset Released = new(2026, 3, 4, 5, 6, 0, TimeSpan.Zero);

    private readonly ScratchFolder _folder = new();
    private readonly SiteData _data = SiteDataLoader.Load(Path.Combine(Repository.Root, "tests", "ReleaseServer.Tests", "SecondSite", "Data"));
    private WebApplication? _app;

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

        var settings = new ServerSettings(
            new BucketOptions(),
            new SiteOptions { Path = _data.Origin, StatePath = _folder.In("state"), PollInterval = TimeSpan.FromHours(1) },
            new ServerOptions { Urls = ["http://127.0.0.1:0"], AdminUrls = ["http://127.0.0.1:0"] },
            new TlsOptions(),
            new LogOptions { Level = LogLevelName.Error, Access = false });
        _app = ServerHost.Build(settings, _data, Bucket);
        await _app.Services.GetRequiredService<SiteLoader>().RefreshAsync(TestContext.Current.CancellationToken);
        await _app.StartAsync(TestContext.Current.CancellationToken);
        var addresses = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToList();
        Client = NewClient(addresses[0]);
        Admin = NewClient(addresses[1]);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Admin.Dispose();
        if (_app is not null)
        {
            await _app.StopAsync(TestContext.Current.CancellationToken);
            await _app.DisposeAsync();
        }

        _folder.Dispose();
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
        var inventory = await BucketInventory.ReadAsync(Bucket, progress: null, cancellation);
        await publisher.PublishLinksAsync(LinkPlanner.Plan(_data.Releases, inventory).Links, cancellation);
        await CatalogWriter.WriteAsync(Bucket, await publisher.ReadLinksAsync(cancellation), new CatalogWriteOptions(), progress: null, cancellation);
        await publisher.PublishCatalogAsync(changed: true, cancellation);
    }

    private static HttpClient NewClient(string address) =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(address) };
}
