using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using ReleaseServer.Resilience;
using ReleaseServer.Site;
using ReleaseServer.Status;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Server;
using ReleaseServer.Tests.Commands;

namespace ReleaseServer.Tests.Faults;

/// <summary>What the status page says of servers whose parts fail, here and where it is exported to.</summary>
public sealed class StatusTests : IDisposable
{
    private const string Secret = "sixteen-characters";

    private readonly CommandRunner _runner = new();
    private readonly FaultyBucket _bucket;

    public StatusTests()
    {
        var inner = new InMemoryBucket();
        inner.Put("nodejs/release/index.json", "[]"u8.ToArray());
        _bucket = new FaultyBucket(inner);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _runner.Dispose();

    [Fact]
    public async Task BucketDown_WithACache_DegradedAndDownloadsGoOn()
    {
        await using var server = await StartAsync();
        Assert.Equal(ComponentState.Operational, (await LookAsync(server)).State);

        _bucket.GoDown();
        await server.RefreshSiteAsync(Token);
        var status = await LookAsync(server);

        Assert.Equal(ComponentState.Degraded, status.State);
        Assert.Equal(
            ["downloads Operational", "listings Operational", "bucket Down", "publishing Down"],
            status.Components.Select(static component => $"{component.Name} {component.State}"));

        _bucket.Recover();
        var lane = server.Services.GetRequiredService<ReplicatedBucket>().Lanes[0];
        while (!lane.Health.Breaker.IsClosed)
        {
            await lane.ProbeAsync(GenerationDocument.Key, Token);
        }

        await server.RefreshSiteAsync(Token);

        status = await LookAsync(server);
        Assert.Equal(ComponentState.Operational, status.State);
        Assert.Equal(["bucket", "publishing"], status.Incidents.Select(static incident => incident.Component).Order());
        Assert.All(status.Incidents, static incident => Assert.NotNull(incident.Ended));
    }

    [Fact]
    public async Task BucketDown_WithoutACache_DownloadsAreDown()
    {
        await using var server = await StartAsync(hasCache: false);
        _bucket.GoDown();

        Assert.Equal(ComponentState.Down, (await LookAsync(server)).State);
    }

    [Fact]
    public async Task Restart_History_IsKept()
    {
        await using (var server = await StartAsync())
        {
            var prober = server.Services.GetRequiredService<StatusProber>();
            await prober.StartAsync(Token);
            _bucket.GoDown();
            await server.RefreshSiteAsync(Token);
            await LookAsync(server);
            await prober.StopAsync(Token);
        }

        _bucket.Recover();
        await using var again = await StartAsync();
        var restarted = again.Services.GetRequiredService<StatusProber>();
        await restarted.StartAsync(Token);

        var status = await LookAsync(again);
        await restarted.StopAsync(Token);

        Assert.Contains(status.Incidents, static incident => incident is { Component: "bucket", Ended: not null });
    }

    [Fact]
    public async Task Export_EverythingKilled_PageStaysAndSaysSinceWhen()
    {
        var server = await StartAsync();
        await LookAsync(server);
        string[] export = ["status", "--export", "page", "--node", AddressOf(server)];
        Assert.Equal(0, (await _runner.RunAsync(export)).ExitCode);
        Assert.Contains("All is well", ReadPage(), StringComparison.Ordinal);
        await server.StopAsync(Token);
        await server.DisposeAsync();

        Assert.Equal(0, (await _runner.RunAsync(export)).ExitCode);

        var page = ReadPage();
        Assert.Contains("Downloads do not work", page, StringComparison.Ordinal);
        Assert.Contains("No server answers. Since 20", page, StringComparison.Ordinal);
        var since = Exported().Components[0].Since;
        Assert.Equal(0, (await _runner.RunAsync(export)).ExitCode);
        Assert.Equal(since, Exported().Components[0].Since);
        Assert.Equal(["downloads", "listings"], Exported().Incidents.Where(static incident => incident.Ended is null).Select(static incident => incident.Component).Order());
    }

    [Fact]
    public async Task Export_OneNodeOfTwoAway_Degraded()
    {
        await using var server = await StartAsync();
        await LookAsync(server);

        Directory.CreateDirectory(_runner.Folder.In("elsewhere"));
        var result = await _runner.RunAsync("status", "--export", "bucket", $"--Bucket:Path={_runner.Folder.In("elsewhere")}", "--node", AddressOf(server), "--node", "http://127.0.0.1:9");

        Assert.Equal("Degraded; written to bucket\n", result.Output);
        Assert.Contains("1 of 2 servers do not answer.", await File.ReadAllTextAsync(_runner.Folder.In("elsewhere/index.html"), Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Note_WithTheToken_IsOnThePageAndInTheExport()
    {
        await using var server = await StartAsync();
        await LookAsync(server);
        _runner.Environment["Admin__Token"] = Secret;

        var noted = await _runner.RunAsync("status", "--note", "Maintenance & more at noon.", "--node", AddressOf(server));
        var refused = await _runner.RunAsync("status", "--note", "Of nothing.", "--component", "replicas", "--node", AddressOf(server));
        await _runner.RunAsync("status", "--export", "page", "--node", AddressOf(server));

        Assert.Equal(0, noted.ExitCode);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("There has been no incident of 'replicas'", refused.Error, StringComparison.Ordinal);
        Assert.Contains("Maintenance &amp; more at noon.", ReadPage(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Note_WithoutTheToken_IsRefused()
    {
        await using var server = await StartAsync();

        Assert.Contains("The token of the setting Admin:Token", (await _runner.RunAsync("status", "--note", "x", "--node", AddressOf(server))).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("status")]
    [InlineData("status", "--node", "nowhere")]
    [InlineData("status", "--node", "http://127.0.0.1:9", "--watch")]
    [InlineData("status", "--node", "http://127.0.0.1:9", "--component", "bucket")]
    public async Task Command_WrongUsage_ExitCode2(params string[] args) => Assert.Equal(2, (await _runner.RunAsync(args)).ExitCode);

    [Fact]
    public async Task Command_NoNodeAnswers_PrintsAndFails()
    {
        var result = await _runner.RunAsync("status", "--node", "http://127.0.0.1:9");

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("Down         Downloads: No server answers.", result.Output, StringComparison.Ordinal);
    }

    private static string AddressOf(RunningServer server) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{server.AdminPort}");

    private static async Task<StatusDocument> LookAsync(RunningServer server)
    {
        var prober = server.Services.GetRequiredService<StatusProber>();
        await prober.LookAsync(Token);
        return StatusDocument.Read(prober.WriteJson());
    }

    private string ReadPage() => File.ReadAllText(_runner.Folder.In("page/index.html"));

    private StatusDocument Exported() => StatusDocument.Read(File.ReadAllBytes(_runner.Folder.In("page/status.json")));

    private Task<RunningServer> StartAsync(bool hasCache = true) => RunningServer.StartAsync(_bucket, Token, configure: settings =>
    {
        (settings.Cache.Enabled, settings.Cache.Path) = (hasCache, "");
        (settings.Resilience.Breaker.Failures, settings.Resilience.Breaker.ProbeInterval) = (1, TimeSpan.FromMilliseconds(1));
        settings.Admin.Token = Secret;
        settings.Status.Path = _runner.Folder.In("status");
    });
}
