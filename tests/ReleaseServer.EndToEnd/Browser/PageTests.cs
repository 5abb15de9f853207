using System.Text.Json;
using ReleaseServer.EndToEnd.Processes;
using ReleaseServer.EndToEnd.Releases;
using ReleaseServer.Testing.S3;

namespace ReleaseServer.EndToEnd.Browser;

/// <summary>The pages that people look at, on a phone and on a large screen, in light and dark; pictures of them are kept to be looked at.</summary>
public sealed class PageTests : IDisposable
{
    private const string Bucket = "releases";
    private const string Download = "/dist/v1.0.0/node-v1.0.0-linux-x64.tar.gz";
    private const string Secret = "sixteen-characters";

    /// <summary>From the end of the bucket to when the page says so.</summary>
    private static readonly TimeSpan LongestUnnoticed = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(120);

    private readonly TemporaryDirectory _home = new();
    private readonly HttpClient _http = new();
    private readonly CancellationTokenSource _limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    public PageTests() => _limit.CancelAfter(Longest);

    public void Dispose()
    {
        _limit.Dispose();
        _http.Dispose();
        _home.Dispose();
    }

    [Fact]
    public async Task StatusPage_BucketKilledThenEverything_SaysSoWhereverItIsLookedAt()
    {
        var store = await S3Stub.StartAsync();
        var options = store.AddBucket(Bucket);
        store.Put(Bucket, "nodejs/release/index.json", StubObject.Of("[]"u8.ToArray()));
        var server = await ServerProcess.StartAsync(
            _home.Path,
            [.. EmptyBucket.SettingsOf(options, "Bucket"), $"--Admin:Token={Secret}", "--Status:Interval=1s"]);
        await using (server)
        {
            await WaitAsync(server, "Operational");
            await ExportAsync(server);
            await LookAsync("status-well", File("page/index.html"), "All is well");

            var killed = TimeProvider.System.GetUtcNow();
            await store.DisposeAsync();
            var status = await WaitAsync(server, "Degraded");
            Assert.InRange(status.GetProperty("updated").GetDateTimeOffset() - killed, TimeSpan.Zero, LongestUnnoticed);
            (await ServerProcess.RunAsync("status", _home.Path, "--node", Address(server), "--note", "We are restoring the bucket. Downloads of what was asked for lately work.", "--component", "bucket", $"--Admin:Token={Secret}")).Expect(0);
            await LookAsync("status-degraded", new Uri(server.AdminAddress, "/status"), "something behind them does not");
            await ExportAsync(server);
            await server.KillAsync();
        }

        await ExportAsync(server);
        await LookAsync("status-down", File("page/index.html"), "Downloads do not work");
        Assert.Contains("No server answers. Since 20", await System.IO.File.ReadAllTextAsync(Path.Combine(_home.Path, "page/index.html"), _limit.Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task StatisticsPage_AfterDownloads_IsReadable()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_home.Path, "bucket", "nodejs", "release", "v1.0.0")).FullName;
        string[] platforms = ["linux-x64", "linux-arm64", "darwin-arm64", "headers"];
        foreach (var platform in platforms)
        {
            await System.IO.File.WriteAllTextAsync(Path.Combine(folder, $"node-v1.0.0-{platform}.tar.gz"), new string('x', 5000), _limit.Token);
        }

        string[] settings = [$"--Bucket:Path={Path.Combine(_home.Path, "bucket")}", "--Downloads:CountryField=CF-IPCountry"];
        await using var server = await ServerProcess.StartAsync(_home.Path, settings);
        for (var i = 0; i < 40; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server.BaseAddress, Download.Replace("linux-x64", platforms[i % (1 + (i % 4))], StringComparison.Ordinal)));
            request.Headers.Add("CF-IPCountry", i % 3 == 0 ? "DE" : "JP");
            using var response = await _http.SendAsync(request, _limit.Token);
            response.EnsureSuccessStatusCode();
        }

        (await ServerProcess.RunAsync("statistics", _home.Path, [.. settings, "--node", Address(server)])).Expect(0);

        await LookAsync("statistics", new Uri(server.BaseAddress, "/metrics/downloads/"), "40 files");
    }

    private static string Address(ServerProcess server) => server.AdminAddress.GetLeftPart(UriPartial.Authority);

    private Uri File(string name) => new(Path.Combine(_home.Path, name));

    private async Task ExportAsync(ServerProcess server) =>
        (await ServerProcess.RunAsync("status", _home.Path, "--export", "page", "--node", Address(server))).Expect(0);

    private async Task<JsonElement> WaitAsync(ServerProcess server, string state)
    {
        while (true)
        {
            using var status = JsonDocument.Parse(await _http.GetStringAsync(new Uri(server.AdminAddress, "/status.json"), _limit.Token));
            if (status.RootElement.GetProperty("state").GetString() == state)
            {
                return status.RootElement.Clone();
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, _limit.Token);
        }
    }

    private async Task LookAsync(string name, Uri address, string text)
    {
        var profile = Directory.CreateDirectory(Path.Combine(_home.Path, "chromium-" + name)).FullName;
        await using var chromium = await ChromiumProcess.StartAsync(Requirement.Program("chromium"), profile);
        await using var page = await DevTools.OpenAsync(chromium.DevToolsAddress, _limit.Token);
        await page.NavigateAsync(address.AbsoluteUri, _limit.Token);
        Assert.Contains(text, await page.EvaluateAsync("document.body.innerText", _limit.Token), StringComparison.Ordinal);
        Assert.Equal("0", await page.EvaluateAsync("document.querySelectorAll('script, img, link').length.toString()", _limit.Token));
        var grounds = new HashSet<string>();
        foreach (var (screen, width, height) in new[] { ("phone", 390, 844), ("desktop", 1280, 900) })
        {
            foreach (var isDark in new[] { false, true })
            {
                await page.ShowAsync(width, height, isDark, _limit.Token);
                await KeepAsync($"{name}-{screen}-{(isDark ? "dark" : "light")}", await page.CaptureAsync(_limit.Token));
                Assert.Equal("0", await page.EvaluateAsync("Math.max(0, document.documentElement.scrollWidth - innerWidth).toString()", _limit.Token));
                grounds.Add(await page.EvaluateAsync("getComputedStyle(document.body).backgroundColor", _limit.Token));
            }
        }

        Assert.Equal(2, grounds.Count);
    }

    private async Task KeepAsync(string name, byte[] picture)
    {
        var directory = Directory.CreateDirectory(Path.Combine(Repository.Root, "tests", ".work", "screenshots")).FullName;
        await System.IO.File.WriteAllBytesAsync(Path.Combine(directory, $"{name}.png"), picture, _limit.Token);
    }
}
