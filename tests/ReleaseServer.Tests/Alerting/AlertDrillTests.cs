using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ReleaseServer.Alerting;
using ReleaseServer.Buckets;
using ReleaseServer.Commands;
using ReleaseServer.Releases;
using ReleaseServer.Resilience;
using ReleaseServer.Site;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Http;
using ReleaseServer.Testing.Server;
using ReleaseServer.Testing.Time;
using ReleaseServer.Tests.Buckets;
using ReleaseServer.Tests.Caching;
using ReleaseServer.Tests.Commands;
using ReleaseServer.Tests.Pipeline;

namespace ReleaseServer.Tests.Alerting;

/// <summary>The drill: each alert is brought about in a server that runs, told with its runbook and counted as open, and is over when its cause is.</summary>
public sealed class AlertDrillTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(6);

    private readonly ScratchFolder _folder = new();
    private readonly ShiftedClock _clock = new();
    private readonly InMemoryBucket _inner = new();
    private readonly FaultyBucket _faulty;
    private readonly ProbedBucket _bucket;
    private int _files;

    public AlertDrillTests()
    {
        _faulty = new FaultyBucket(_inner);
        _bucket = new ProbedBucket(_faulty);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Kinds_All_AreInADrill()
    {
        var here = typeof(AlertDrillTests).GetMethods().Select(static method => method.Name);

        // Those of settings and certificates are drilled beside what raises them.
        Dictionary<AlertKind, string> elsewhere = new()
        {
            [AlertKind.SettingsDrift] = nameof(SettingsWatchTests.Look_FileChanged_NamesAreKnownAtOnceAndToldWhereItLasts),
            [AlertKind.CertificateRefused] = nameof(ServerCertificateTests.Files_CannotBeUsed_OldOneStaysAndPeopleHearOfItUntilItIsBack),
            [AlertKind.StartFailed] = nameof(CommandAlertDrillTests.Drill_StartFailed_FiresOnceAndResolvesWithTheNextStart),
            [AlertKind.VerificationFailed] = nameof(CommandAlertDrillTests.Drill_VerificationFailed_FiresOnceAndResolvesWithAVerificationOfWhatWasFound),
        };

        // What people raise by hand, to see who is told, is its own drill.
        Assert.All(AlertKind.All.Except(elsewhere.Keys).Where(static kind => kind.Name != "test-alert"), kind =>
            Assert.Contains($"Drill_{string.Concat(kind.Name.Split('-').Select(static word => char.ToUpperInvariant(word[0]) + word[1..]))}_FiresAndResolves", here));
    }

    [Fact]
    public async Task Drill_BucketDown_FiresAndResolves()
    {
        await using var server = await StartAsync();
        var lane = server.Services.GetRequiredService<ReplicatedBucket>().Lanes[0];

        await DrillAsync(
            server,
            AlertKind.BucketDown,
            async () =>
            {
                _faulty.GoDown();
                await AskForNewAsync(server);
            },
            async () =>
            {
                _faulty.Recover();
                await lane.ProbeAsync(GenerationDocument.Key, Token);
            });
    }

    [Fact]
    public async Task Drill_Unanswered_FiresAndResolves()
    {
        await using var server = await StartAsync();

        await DrillAsync(
            server,
            AlertKind.Unanswered,
            async () =>
            {
                _faulty.GoDown();
                Assert.Equal(503, await AskForNewAsync(server));
            },
            () => RecoverInSilenceAsync(server));
    }

    [Fact]
    public async Task Drill_OriginDown_FiresAndResolves()
    {
        await using var server = await StartAsync(static settings => settings.Origin.Urls = ["http://127.0.0.1:9"]);

        await DrillAsync(
            server,
            AlertKind.OriginDown,
            async () =>
            {
                _faulty.GoDown();
                await AskForNewAsync(server);
            },
            () => RecoverInSilenceAsync(server));
    }

    [Fact]
    public async Task Drill_UnexpectedError_FiresAndResolves()
    {
        await using var server = await StartAsync();

        await DrillAsync(
            server,
            AlertKind.Unexpected,
            async () =>
            {
                _faulty.FailAll(static () => new InvalidOperationException("nobody thought of it"));
                Assert.Equal(500, await AskForNewAsync(server));
            },
            () => RecoverInSilenceAsync(server));
    }

    [Fact]
    public async Task Drill_WrongBytes_FiresAndResolves()
    {
        await using var server = await StartAsync();

        await DrillAsync(
            server,
            AlertKind.WrongBytes,
            async () =>
            {
                _bucket.Lie = Lie.FlippedMiddle;
                await AskForNewAsync(server);
            },
            () =>
            {
                _bucket.Lie = Lie.None;
                return RecoverInSilenceAsync(server);
            });
    }

    [Fact]
    public async Task Drill_SiteData_FiresAndResolves()
    {
        await using var server = await StartAsync();
        var opened = await _inner.OpenAsync(GenerationDocument.Key, range: null, expected: null, Token);
        using var good = new MemoryStream();
        await opened!.Body.CopyToAsync(good, Token);

        await DrillAsync(server, AlertKind.SiteData, () => PutGenerationAsync("{"u8.ToArray()), () => PutGenerationAsync(good.ToArray()));

        Task PutGenerationAsync(byte[] document)
        {
            _inner.Put(GenerationDocument.Key.Value, document);
            return server.RefreshSiteAsync(Token);
        }
    }

    [Fact]
    public async Task Drill_DiskTierLost_FiresAndResolves()
    {
        await using var server = await StartAsync();
        var objects = _folder.In("cache/objects");

        await DrillAsync(
            server,
            AlertKind.DiskTierLost,
            async () =>
            {
                if (Directory.Exists(objects))
                {
                    Directory.Delete(objects, recursive: true);
                    await File.WriteAllTextAsync(objects, "a file", Token);
                }

                await AskForNewAsync(server);
            },
            async () =>
            {
                File.Delete(objects);
                _clock.Advance(Long);
                await AskForNewAsync(server);
            });
    }

    [Fact]
    public async Task Drill_ReplicaBehind_FiresAndResolves()
    {
        var replica = new BucketOptions { Kind = BucketKind.Folder, Path = Directory.CreateDirectory(_folder.In("replica")).FullName };
        await using var server = await StartAsync(settings => settings.Resilience.Replicas = [replica]);
        var watcher = server.Services.GetServices<IHostedService>().OfType<ReplicaWatcher>().Single();

        await DrillAsync(
            server,
            AlertKind.ReplicaBehind,
            async () =>
            {
                await watcher.LookAsync(Token);
                _clock.Advance(Long);
            },
            async () =>
            {
                if (!Directory.EnumerateFileSystemEntries(replica.Path).Any())
                {
                    await PublishAsync(BucketFactory.CreateForCommand(replica, TimeProvider.System));
                }

                await watcher.LookAsync(Token);
            });
    }

    private static async Task PublishAsync(IWritableBucket bucket) =>
        await new SitePublisher(bucket, TimeProvider.System).PublishLinksAsync([new Link("latest", "v1", IsDirectory: true)], Token);

    private static async Task DrillAsync(RunningServer server, AlertKind kind, Func<Task> cause, Func<Task> cure)
    {
        Assert.Equal(0, await OpenAsync(server, kind));

        await UntilAsync(cause, async () => await OpenAsync(server, kind) > 0);
        await server.Log.LineAsync($"Alert {kind}: ");
        await server.Log.LineAsync($"Runbook: {kind.Runbook}");

        await UntilAsync(cure, async () => await OpenAsync(server, kind) == 0);
        await server.Log.LineAsync($"Alert {kind} is over: ");
    }

    private static async Task UntilAsync(Func<Task> act, Func<Task<bool>> isSo)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(RawClient.Patience);
        do
        {
            patience.Token.ThrowIfCancellationRequested();
            await act();
        }
        while (!await isSo());
    }

    // As Prometheus sees it.
    private static async Task<int> OpenAsync(RunningServer server, AlertKind kind)
    {
        using var http = new HttpClient();
        var line = $"releaseserver_alerts_open{{kind=\"{kind}\"}} ";
        var metrics = await http.GetStringAsync(new Uri($"http://127.0.0.1:{server.AdminPort}/metrics"), Token);
        return int.Parse(metrics.Split('\n').Single(told => told.StartsWith(line, StringComparison.Ordinal))[line.Length..], System.Globalization.CultureInfo.InvariantCulture);
    }

    private Task RecoverInSilenceAsync(RunningServer server)
    {
        _faulty.Recover();
        server.Services.GetRequiredService<AlertBoard>().Sweep();
        return Task.CompletedTask;
    }

    // Of a file that nobody has asked for yet, and that only the disk keeps.
    private async Task<int> AskForNewAsync(RunningServer server)
    {
        var name = $"v1/{_files++}.bin";
        var content = CacheOfTest.Content(3_000_000, seed: _files);
        _inner.Put($"nodejs/release/{name}", content);
        _bucket.Describe($"nodejs/release/{name}", content);
        await using var client = await RunningServer.ConnectAsync(server.PublicPort, Token);
        await client.SendAsync($"GET /dist/{name} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        try
        {
            return (await client.ReadResponseAsync("GET")).Status;
        }
        catch (Exception exception) when (exception is IOException or FramingException)
        {
            // Broken off, as a body must be whose bytes are wrong.
            return 0;
        }
    }

    private async Task<RunningServer> StartAsync(Action<ServerSettings>? configure = null)
    {
        await PublishAsync(_inner);
        return await RunningServer.StartAsync(
            _bucket,
            Token,
            configure: settings =>
            {
                (settings.Cache.Enabled, settings.Cache.Path) = (true, _folder.In("cache"));
                settings.Resilience.Breaker.Failures = 3;
                settings.Alerting.QuietTime = TimeSpan.Zero;
                configure?.Invoke(settings);
            },
            replace: services => services.AddSingleton<TimeProvider>(_clock));
    }
}
