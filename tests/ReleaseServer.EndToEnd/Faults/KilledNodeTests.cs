using System.Net.Http.Headers;
using ReleaseServer.EndToEnd.Processes;
using ReleaseServer.Testing.S3;

namespace ReleaseServer.EndToEnd.Faults;

/// <summary>Of two nodes one is killed under load, again and again: a client that tries the other once is always answered, and the other notices nothing.</summary>
public sealed class KilledNodeTests : IAsyncLifetime
{
    private const string Bucket = "releases";
    private const int Files = 40;
    private const int Clients = 8;
    private const int Kills = 4;

    private readonly TemporaryDirectory _home = new();
    private S3Stub? _store;
    private string[] _settings = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _store = await S3Stub.StartAsync();
        var options = _store.AddBucket(Bucket);
        for (var number = 0; number < Files; number++)
        {
            _store.Put(Bucket, $"nodejs/release/file-{number}.bin", StubObject.Of(ContentOf(number)));
        }

        _settings =
        [
            "--Bucket:Kind=s3",
            $"--Bucket:Endpoint={options.Endpoint!.GetLeftPart(UriPartial.Authority)}",
            $"--Bucket:Name={Bucket}",
            $"--Bucket:AccessKey={options.AccessKey}",
            $"--Bucket:SecretKey={options.SecretKey}",
            "--Bucket:EntityTagIsMd5=false",
            "--Log:Access=false",
        ];
    }

    public async ValueTask DisposeAsync()
    {
        await (_store?.DisposeAsync() ?? default);
        _home.Dispose();
    }

    [Fact(Timeout = 120_000)]
    public async Task Node_KilledUnderLoad_OneRetryHelpsAndTheOtherIsUntouched()
    {
        var flapping = await StartAsync("flapping");
        // It knows of the other, and of two that never were.
        await using var survivor = await StartAsync(
            "survivor", $"--Admin:Nodes={flapping.AdminAddress.GetLeftPart(UriPartial.Authority)};http://127.0.0.1:1;http://127.0.0.1:2");
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(20) };
        var address = flapping.BaseAddress;
        using var isOver = new CancellationTokenSource();
        var counts = new Counts();
        var load = Enumerable.Range(0, Clients)
            .Select(client => Task.Run(() => LoadAsync(http, client, () => Volatile.Read(ref address), survivor.BaseAddress, counts, isOver.Token), Token))
            .ToArray();

        for (var kill = 0; kill < Kills; kill++)
        {
            await AwaitMoreAsync(counts, 200);
            await flapping.KillAsync();
            await flapping.DisposeAsync();
            await AwaitMoreAsync(counts, 200);
            flapping = await StartAsync("flapping");
            Volatile.Write(ref address, flapping.BaseAddress);
        }

        await isOver.CancelAsync();
        await Task.WhenAll(load);
        await flapping.DisposeAsync();
        Assert.InRange(counts.Retried, Kills, counts.Answered);
        Assert.DoesNotContain(" ERR ", survivor.Log, StringComparison.Ordinal);
    }

    private Task<ServerProcess> StartAsync(string name, params string[] settings) =>
        ServerProcess.StartAsync(Directory.CreateDirectory(_home[name]).FullName, [.. _settings, .. settings]);

    // Half of the clients know the survivor alone; no request of theirs may fail. The others try it after the one that flaps.
    private static async Task LoadAsync(HttpClient http, int client, Func<Uri> flapping, Uri survivor, Counts counts, CancellationToken isOver)
    {
        for (var number = client; !isOver.IsCancellationRequested; number++)
        {
            if (client % 2 == 0 || !await TryAsync(http, flapping(), number % Files))
            {
                counts.Retry(client % 2 == 1);
                Assert.True(await TryAsync(http, survivor, number % Files), $"file-{number % Files}.bin was not answered");
            }

            counts.Answer();
        }
    }

    /// <returns>False where no whole answer came; a wrong one ends the test.</returns>
    private static async Task<bool> TryAsync(HttpClient http, Uri node, int number)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(node, $"/dist/file-{number}.bin"));
            var isRange = number % 3 == 0;
            request.Headers.Range = isRange ? new RangeHeaderValue(10, 1_009) : null;
            using var response = await http.SendAsync(request, Token);
            var body = await response.Content.ReadAsByteArrayAsync(Token);
            var content = ContentOf(number);
            Assert.Equal(isRange ? 206 : 200, (int)response.StatusCode);
            Assert.True((isRange ? content.AsSpan(10, 1_000) : content).SequenceEqual(body), $"file-{number}.bin has other bytes");
            return true;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return false;
        }
    }

    private static async Task AwaitMoreAsync(Counts counts, int more)
    {
        for (var enough = counts.Answered + more; counts.Answered < enough;)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Token);
        }
    }

    private static byte[] ContentOf(int number)
    {
        var content = new byte[number % 4 == 0 ? 700_000 + number : 3_000 + number];
        new Random(number).NextBytes(content);
        return content;
    }

    private sealed class Counts
    {
        private int _answered;
        private int _retried;

        public int Answered => Volatile.Read(ref _answered);

        public int Retried => Volatile.Read(ref _retried);

        public void Answer() => Interlocked.Increment(ref _answered);

        public void Retry(bool isRetry) => Interlocked.Add(ref _retried, isRetry ? 1 : 0);
    }
}
