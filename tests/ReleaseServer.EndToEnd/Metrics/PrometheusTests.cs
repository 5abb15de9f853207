using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using ReleaseServer.EndToEnd.Processes;

namespace ReleaseServer.EndToEnd.Metrics;

/// <summary>A real Prometheus fetches what the server tells, and its own tools find nothing wrong with it, nor with the rules that are shipped.</summary>
public sealed partial class PrometheusTests
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Text_Checked_NothingToMend()
    {
        using var home = new TemporaryDirectory();
        await using var server = await ServerProcess.StartAsync(home.Path);
        using var client = new HttpClient();
        await client.GetStringAsync(new Uri(server.BaseAddress, "/dist/"), Token);
        var text = Path.Combine(home.Path, "metrics.txt");
        await File.WriteAllTextAsync(text, await client.GetStringAsync(new Uri(server.AdminAddress, "/metrics"), Token), Token);

        var check = await CommandRun.StartAsync(Requirement.Program("bash"), home.Path, ["-c", $"'{Requirement.Program("promtool")}' check metrics < '{text}' 2>&1"]);

        Assert.True(check.ExitCode == 0, check.Output);
        Assert.Equal("", check.Output.Trim());
    }

    [Theory]
    [InlineData("check", "rules", "alerts.yaml")]
    [InlineData("test", "rules", "alerts-test.yaml")]
    [InlineData("check", "config", "prometheus.yaml")]
    public async Task Deployment_Checked_NothingToMend(params string[] arguments) =>
        (await CommandRun.StartAsync(Requirement.Program("promtool"), Path.Combine(Repository.Root, "deploy", "prometheus"), arguments)).Expect(0);

    [Fact]
    public async Task Scrape_AfterRequests_PrometheusHasThem()
    {
        const int Requests = 25;
        using var home = new TemporaryDirectory();
        await using var server = await ServerProcess.StartAsync(home.Path);
        using var client = new HttpClient();
        for (var i = 0; i < Requests; i++)
        {
            await client.GetStringAsync(new Uri(server.BaseAddress, "/dist/index.json"), Token);
        }

        await using var prometheus = await StartAsync(home, server.AdminAddress);
        Assert.Equal(Requests, await prometheus.QueryAsync("sum(releaseserver_http_requests_total{route=\"/dist/\",status=\"2xx\"})"));
        Assert.Equal(1, await prometheus.QueryAsync("up{job=\"releaseserver\"}"));
        Assert.Equal(Requests, await prometheus.QueryAsync("sum(releaseserver_http_request_duration_seconds_bucket{route=\"/dist/\",le=\"+Inf\"})"));
    }

    /// <summary>What a Prometheus of its own finds at a node, as soon as it finds anything.</summary>
    internal static async Task<double> ScrapeAsync(TemporaryDirectory home, Uri admin, string expression)
    {
        await using var prometheus = await StartAsync(home, admin);
        return await prometheus.QueryAsync(expression);
    }

    private static async Task<RunningPrometheus> StartAsync(TemporaryDirectory home, Uri admin)
    {
        var settings = Path.Combine(home.Path, "prometheus.yml");
        await File.WriteAllTextAsync(
            settings,
            $"""
            global: {"{"} scrape_interval: 1s {"}"}
            scrape_configs:
              - job_name: releaseserver
                static_configs: [{"{"} targets: ["{admin.Authority}"] {"}"}]
            """,
            Token);
        // The port 0 of Prometheus is not told anywhere, so one is looked for.
        var port = FreePort().ToString(CultureInfo.InvariantCulture);
        string[] arguments = [$"--config.file={settings}", $"--storage.tsdb.path={Path.Combine(home.Path, "tsdb")}", $"--web.listen-address=127.0.0.1:{port}"];
        var (daemon, _) = await Daemon.StartAsync(
            CommandRun.Describe(Requirement.Program("prometheus"), home.Path, arguments, new Dictionary<string, string>()), ReadyLine());
        return new RunningPrometheus(daemon, new Uri($"http://127.0.0.1:{port}/"));
    }

    private sealed class RunningPrometheus(Daemon daemon, Uri api) : IAsyncDisposable
    {
        private readonly HttpClient _client = new();

        public async Task<double> QueryAsync(string expression)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
            limit.CancelAfter(Longest);
            while (true)
            {
                using var answer = JsonDocument.Parse(await _client.GetStringAsync(new Uri(api, $"api/v1/query?query={Uri.EscapeDataString(expression)}"), limit.Token));
                var result = answer.RootElement.GetProperty("data").GetProperty("result");
                if (result.GetArrayLength() > 0)
                {
                    return double.Parse(result[0].GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture);
                }

                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, limit.Token);
            }
        }

        public async ValueTask DisposeAsync()
        {
            _client.Dispose();
            await using (daemon)
            {
                await daemon.StopAsync();
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }

    [GeneratedRegex("Server is ready to receive web requests")]
    private static partial Regex ReadyLine();
}
