using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ReleaseServer.Buckets;
using ReleaseServer.Testing.Server;

namespace ReleaseServer.Tests.Faults;

/// <summary>What <c>GET /metrics</c> says of a mixed run with faults is what the access log, the clients and the bucket have counted.</summary>
public sealed partial class MetricsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task MixedRun_WithFaults_CountsAreThoseOfEverybodyElse()
    {
        await using var server = await FaultServer.StartAsync(hasCache: true);
        string[] targets =
        [
            FaultServer.Text, FaultServer.Text, FaultServer.Archive, FaultServer.Archive, "/dist/", "/dist/", "/dist/v1.0.0/", "/dist/missing", "/dist/missing",
            "/nowhere", "/api.html", "/api.html", "/traffic-manager", "/dist/v1.0.0", "/dist/v1.0.0",
        ];
        var (statuses, bytes, lengths) = (new Dictionary<string, int>(), 0L, new Dictionary<string, long>());
        var before = await ReadAsync(server);
        foreach (var target in targets)
        {
            await AskAsync("GET", target);
            await AskAsync("HEAD", target);
        }

        await AskAsync("GET", FaultServer.Text, "If-None-Match: *");
        await AskAsync("GET", FaultServer.Archive, "Range: bytes=5-14");
        await AskAsync("POST", FaultServer.Archive);
        server.Bucket.GoDown();
        await AskAsync("GET", "/dist/v2.0.0/x");
        await AskAsync("GET", "/dist/v2.0.0/");
        server.Bucket.Recover();

        var metrics = await ReadAsync(server);

        foreach (var (statusClass, count) in statuses)
        {
            Assert.Equal(count, Sum("releaseserver_http_requests_total", $"status=\"{statusClass}\""));
        }

        Assert.Equal(bytes, Sum("releaseserver_http_sent_bytes_total", ""));
        Assert.Equal(statuses.Values.Sum(), Sum("releaseserver_http_request_duration_seconds_count", ""));
        Assert.Equal(statuses.Values.Sum(), Sum("releaseserver_http_time_to_first_byte_seconds_count", ""));
        Assert.Equal(2, Sum("releaseserver_http_requests_total", "status=\"5xx\""));
        Assert.Equal(4, Sum("releaseserver_http_requests_total", "route=\"redirect\""));
        Assert.True(Sum("releaseserver_cache_results_total", "hit") > 0, "hits");
        Assert.True(Sum("releaseserver_cache_results_total", "miss") > 0, "misses");
        Assert.Equal(lengths.Values.Sum(), Sum("releaseserver_cache_fill_bytes_total", ""));
        Assert.True(Sum("releaseserver_bucket_requests_total", "failed") >= 2, "failures of the bucket");
        Assert.Equal(0, Sum("releaseserver_http_requests_in_flight", ""));

        async Task AskAsync(string method, string target, params string[] fields)
        {
            await using var client = await server.ConnectAsync();
            await client.SendAsync($"{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{string.Concat(fields.Select(static field => field + "\r\n"))}\r\n");
            var response = await client.ReadResponseAsync(method);
            var statusClass = $"{response.Status / 100}xx";
            statuses[statusClass] = statuses.GetValueOrDefault(statusClass) + 1;
            bytes += response.Body.Length;
            if (response["ETag"] is { } tag && response.Status == 200 && method == "GET" && target is not "/dist/")
            {
                lengths[tag] = response.Body.Length;
            }
        }

        double Sum(string name, string label) => SumOf(metrics, name, label) - (name.EndsWith("in_flight", StringComparison.Ordinal) ? 0 : SumOf(before, name, label));
    }

    [Fact]
    public async Task ManyClients_FlakyBucket_AccessLogAndBucketHaveCountedTheSame()
    {
        const int Clients = 6;
        const int RequestsOfEach = 60;
        await using var server = await FaultServer.StartAsync(hasCache: true);
        var (before, askedBefore, opened) = (await ReadAsync(server), Asked(), 0);
        server.Bucket.OnOpenKey = _ => Interlocked.Increment(ref opened) % 5 == 0 ? new BucketUnavailableException("the store is flaky") : null;

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async client =>
        {
            for (var i = 0; i < RequestsOfEach; i++)
            {
                await AskOneAsync(client, i);
            }
        }));

        string metrics;
        do
        {
            Token.ThrowIfCancellationRequested();
            metrics = await ReadAsync(server);
        }
        while (SumOf(metrics, "releaseserver_http_requests_in_flight", "") > 0 || server.Server.Log.Accesses.Count < Clients * RequestsOfEach);

        var lines = server.Server.Log.Accesses;
        Assert.Equal(Clients * RequestsOfEach, lines.Count);
        foreach (var statusClass in lines.GroupBy(static line => $"{line.Status / 100}xx"))
        {
            Within1Percent(statusClass.Count(), Sum("releaseserver_http_requests_total", $"status=\"{statusClass.Key}\""));
        }

        Within1Percent(lines.Sum(static line => line.Bytes), Sum("releaseserver_http_sent_bytes_total", ""));
        Within1Percent(lines.Count(static line => line.Status == 499), Sum("releaseserver_http_client_disconnects_total", ""));
        Within1Percent(Asked() - askedBefore, Sum("releaseserver_bucket_requests_total", "") - Sum("releaseserver_bucket_requests_total", "refused"));
        Assert.True(lines.Any(static line => line.Status == 503) && lines.Any(static line => line.Status == 499), "there were no faults");

        double Sum(string name, string label) => SumOf(metrics, name, label) - SumOf(before, name, label);

        int Asked() => server.Bucket.Heads + server.Bucket.Opens + server.Bucket.Anys + server.Bucket.Lists;

        async Task AskOneAsync(int client, int i)
        {
            var (method, target, field) = (i % 10) switch
            {
                0 => ("GET", FaultServer.Text, ""),
                1 => ("GET", FaultServer.Text, "Accept-Encoding: gzip\r\n"),
                2 => ("HEAD", FaultServer.Archive, ""),
                3 => ("GET", FaultServer.Archive, "Range: bytes=5-14\r\n"),
                4 => ("GET", $"/dist/missing-{client}-{i}", ""),
                5 => ("GET", "/dist/", ""),
                6 => ("GET", FaultServer.Text, "If-None-Match: *\r\n"),
                7 => ("GET", "/nowhere", ""),
                8 => ("POST", FaultServer.Text, ""),
                _ => ("GET", FaultServer.Archive, ""),
            };
            await using var connection = await server.ConnectAsync();
            await connection.SendAsync($"{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{field}\r\n");
            if (i % 20 == 9)
            {
                // Leaves with most of it on its way.
                await connection.ReadHeadAsync();
                return;
            }

            await connection.ReadResponseAsync(method);
        }
    }

    [Fact]
    public async Task ClientLeaves_HalfWay_CountedAsSuch()
    {
        await using var server = await FaultServer.StartAsync();
        await using (var client = await server.ConnectAsync())
        {
            await client.SendAsync($"GET {FaultServer.Archive} HTTP/1.1\r\nHost: x\r\n\r\n");
            await client.ReadHeadAsync();
        }

        await server.Server.Log.AccessAsync(FaultServer.Archive);
        var metrics = await ReadAsync(server);

        Assert.Equal(1, SumOf(metrics, "releaseserver_http_client_disconnects_total", ""));
        Assert.Equal(1, SumOf(metrics, "releaseserver_http_requests_total", "status=\"4xx\""));
    }

    [Fact]
    public async Task Metrics_OnThePublicAddress_AreTheTreeOfTheBucket()
    {
        await using var server = await FaultServer.StartAsync();

        var response = await server.AskAsync("GET", "/metrics/");

        Assert.Equal(404, response.Status);
        Assert.DoesNotContain("releaseserver_", Encoding.UTF8.GetString(response.Body), StringComparison.Ordinal);
    }

    private static void Within1Percent(double counted, double told) =>
        Assert.True(Math.Abs(counted - told) <= 0.01 * counted, $"{told} were told, {counted} counted");

    private static async Task<string> ReadAsync(FaultServer server)
    {
        await using var client = await RunningServer.ConnectAsync(server.Server.AdminPort, Token);
        await client.SendAsync("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
        var response = await client.ReadResponseAsync("GET");
        Assert.Equal(200, response.Status);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response["Content-Type"]);
        return Encoding.UTF8.GetString(response.Body);
    }

    private static double SumOf(string metrics, string name, string label) => Line().Matches(metrics)
        .Where(match => match.Groups["name"].Value == name && match.Groups["labels"].Value.Contains(label, StringComparison.Ordinal))
        .Sum(static match => double.Parse(match.Groups["value"].Value, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"^(?<name>[a-z0-9_]+)(?<labels>\{.*\})? (?<value>\S+)$", RegexOptions.Multiline)]
    private static partial Regex Line();
}
