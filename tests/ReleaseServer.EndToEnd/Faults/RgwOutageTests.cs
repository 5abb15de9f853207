using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using ReleaseServer.Buckets;
using ReleaseServer.EndToEnd.Processes;
using ReleaseServer.EndToEnd.Releases;
using ReleaseServer.Testing.Origin;

namespace ReleaseServer.EndToEnd.Faults;

/// <summary>
/// A real S3 gateway is killed, restarted, frozen and thawed under load. Without an origin, what was served goes on being served, and the rest is
/// refused in time and then is back; with one, and no cache at all, nobody notices.
/// </summary>
public sealed class RgwOutageTests : IDisposable
{
    private const string Bucket = "releases";
    private const int Clients = 4;

    // Half a second is usual; a machine that is busy with other tests takes longer.
    private static readonly TimeSpan LongestRefusal = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan LongestRecovery = TimeSpan.FromSeconds(15);

    private static readonly string[] Kept = ["v1.0.0/SHASUMS256.txt", "v1.0.0/node-v1.0.0.tar.gz", "index.json", "v1.0.0/node-v1.0.0.pkg"];

    private readonly TemporaryDirectory _home = new();
    private int _misses;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _home.Dispose();

    [Fact(Timeout = 300_000)]
    public async Task Gateway_KilledRestartedFrozenAndThawed_KeptNamesAnsweredAndOthersBackInTime()
    {
        await using var gateway = await RgwProcess.StartAsync();
        var bucket = await MakeBucketAsync(gateway);
        await using var server = await StartServerAsync(bucket, "kept");
        await using var origin = await StartOriginAsync();
        await using var rescued = await StartServerAsync(
            bucket,
            "rescued",
            "--Cache:Enabled=false",
            $"--Origin:Urls={origin.Address}",
            $"--Origin:HealthPath={OriginStub.HealthPath}",
            // A machine that is busy with other tests is no dead origin.
            "--Origin:ConnectTimeout=20s",
            "--Origin:AnswerTimeout=20s");
        using var http = new HttpClient { BaseAddress = server.BaseAddress };
        foreach (var name in Kept)
        {
            await AssertKeptAsync(http, name);
        }

        using var rescuedHttp = new HttpClient { BaseAddress = rescued.BaseAddress };
        using var isOver = new CancellationTokenSource();
        var load = Enumerable.Range(0, 2 * Clients)
            .Select(client => Task.Run(() => LoadAsync(client < Clients ? http : rescuedHttp, client, isOver.Token), Token))
            .ToArray();

        await gateway.KillAsync();
        await AssertRefusedAsync(http);
        await gateway.RestartAsync();
        await AssertBackAsync(http);

        await gateway.FreezeAsync();
        await AssertRefusedAsync(http);
        await gateway.ThawAsync();
        await AssertBackAsync(http);

        await isOver.CancelAsync();
        var answered = await Task.WhenAll(load);
        Assert.All(answered, static count => Assert.InRange(count, 1, int.MaxValue));
        Assert.Equal(2, server.Log.Split("Alert bucket-down is over").Length - 1);
        Assert.NotEmpty(origin.Calls);
    }

    private static async Task<BucketOptions> MakeBucketAsync(RgwProcess gateway)
    {
        var options = await gateway.MakeBucketAsync();
        var bucket = BucketFactory.Create(options, TimeProvider.System);
        using var disposed = bucket as IDisposable;
        foreach (var name in Kept.Append("cold.bin"))
        {
            Assert.True(AssetKey.TryCreate("nodejs/release/" + name, out var key));
            await bucket.WriteAsync(key, ContentOf(name), new ObjectAttributes(), WriteCondition.None, Token);
        }

        return options;
    }

    // Its tags are those of the bucket, digests both: a body that the gateway broke off goes on here.
    private static async Task<OriginStub> StartOriginAsync()
    {
        var origin = await OriginStub.StartAsync();
        foreach (var name in Kept)
        {
#pragma warning disable CA5351 // An entity tag of S3 is an MD5.
            origin.Put("/dist/" + name, ContentOf(name), tag: $"\"{Convert.ToHexStringLower(MD5.HashData(ContentOf(name)))}\"");
#pragma warning restore CA5351
        }

        return origin;
    }

    private Task<ServerProcess> StartServerAsync(BucketOptions bucket, string name, params string[] settings) => ServerProcess.StartAsync(
        Directory.CreateDirectory(_home[name]).FullName, [.. EmptyBucket.SettingsOf(bucket, "Bucket"), "--Log:Access=false", .. settings]);

    private static async Task<int> LoadAsync(HttpClient http, int client, CancellationToken isOver)
    {
        var count = 0;
        for (; !isOver.IsCancellationRequested; count++)
        {
            await AssertKeptAsync(http, Kept[(client + count) % Kept.Length]);
            // A load and not a flood, for the gateway must get to start beside it.
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Token);
        }

        return count;
    }

    private static async Task AssertKeptAsync(HttpClient http, string name)
    {
        using var response = await http.GetAsync(new Uri("/dist/" + name, UriKind.Relative), Token);
        Assert.Equal((HttpStatusCode.OK, name), (response.StatusCode, name));
        Assert.Equal(ContentOf(name), await response.Content.ReadAsByteArrayAsync(Token));
    }

    // Until it is known that the gateway is away, and then some.
    private async Task AssertRefusedAsync(HttpClient http)
    {
        for (var i = 0; i < 20; i++)
        {
            var watch = Stopwatch.StartNew();
            using var response = await http.GetAsync(new Uri($"/dist/unknown-{_misses++}.bin", UriKind.Relative), Token);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
            Assert.True(response.Headers.CacheControl?.NoStore);
            Assert.InRange(watch.Elapsed, TimeSpan.Zero, LongestRefusal);
        }
    }

    private async Task AssertBackAsync(HttpClient http)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            using var response = await http.GetAsync(new Uri($"/dist/unknown-{_misses++}.bin", UriKind.Relative), Token);
            if (response.StatusCode == HttpStatusCode.NotFound)
            {
                break;
            }

            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
            Assert.InRange(watch.Elapsed, TimeSpan.Zero, LongestRecovery);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Token);
        }

        await AssertKeptAsync(http, "cold.bin");
    }

    // Archives are kept on disk, the others in memory.
    private static byte[] ContentOf(string name)
    {
        if (name == "index.json")
        {
            return "[]"u8.ToArray();
        }

        var content = new byte[name.EndsWith(".tar.gz", StringComparison.Ordinal) ? 700_000 : 3_000 + name.Length];
        new Random(name.Length).NextBytes(content);
        return content;
    }
}
