using System.Net;
using System.Net.Http.Headers;
using ReleaseServer.EndToEnd.Processes;
using ReleaseServer.EndToEnd.Releases;
using ReleaseServer.Testing.S3;

namespace ReleaseServer.EndToEnd.Faults;

/// <summary>All nodes but one are killed under load, at once and again and again: a client that tries that one once is always answered, and it notices nothing.</summary>
public sealed class KilledNodeTests : IAsyncLifetime
{
    private const string Bucket = "releases";
    private const int Files = 40;
    private const int Clients = 8;

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
            .. EmptyBucket.SettingsOf(options, "Bucket"),
            // The store is on this machine, which is busy with the tests.
            "--Bucket:AttemptTimeout=20s",
            "--Bucket:Retry:TotalTimeout=60s",
            "--Log:Access=false",
        ];
    }

    public async ValueTask DisposeAsync()
    {
        await (_store?.DisposeAsync() ?? default);
        _home.Dispose();
    }

    // One is the usual pair behind a balancer; of four, three vanish at once and come back at once.
    [Theory(Timeout = 180_000)]
    [InlineData(1, 4)]
    [InlineData(3, 2)]
    public async Task Nodes_KilledUnderLoad_OneRetryHelpsAndTheSurvivorIsUntouched(int others, int kills)
    {
        var flapping = await StartAllAsync(others);
        // It knows of the others, and of one that never was.
        await using var survivor = await StartAsync("survivor", $"--Admin:Nodes={string.Join(';', flapping.Select(AdminOf))};http://127.0.0.1:1");
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(20) };
        var addresses = AddressesOf(flapping);
        using var isOver = new CancellationTokenSource();
        var counts = new Counts();
        var load = Enumerable.Range(0, Clients)
            .Select(client => Task.Run(() => LoadAsync(http, client, () => Volatile.Read(ref addresses), survivor.BaseAddress, counts, isOver.Token), Token))
            .ToArray();

        try
        {
            for (var kill = 0; kill < kills; kill++)
            {
                await AwaitMoreAsync(counts, load, 200);
                await KillAllAsync(flapping);
                flapping = [];
                await AwaitMoreAsync(counts, load, 200);
                flapping = await StartAllAsync(others);
                Volatile.Write(ref addresses, AddressesOf(flapping));
            }
        }
        finally
        {
            await KillAllAsync(flapping);
        }

        await isOver.CancelAsync();
        await Task.WhenAll(load);
        Assert.InRange(counts.Retried, kills, counts.Answered);
        Assert.DoesNotContain(" ERR ", survivor.Log, StringComparison.Ordinal);
    }

    private Task<ServerProcess[]> StartAllAsync(int count) => Task.WhenAll(Enumerable.Range(0, count).Select(number => StartAsync($"flapping-{number}")));

    private static async Task KillAllAsync(ServerProcess[] nodes)
    {
        await Task.WhenAll(nodes.Select(static node => node.KillAsync()));
        await Task.WhenAll(nodes.Select(static node => node.DisposeAsync().AsTask()));
    }

    private static Uri[] AddressesOf(ServerProcess[] nodes) => [.. nodes.Select(static node => node.BaseAddress)];

    private static string AdminOf(ServerProcess node) => node.AdminAddress.GetLeftPart(UriPartial.Authority);

    private Task<ServerProcess> StartAsync(string name, params string[] settings) =>
        ServerProcess.StartAsync(Directory.CreateDirectory(_home[name]).FullName, [.. _settings, .. settings]);

    // Half of the clients know the survivor alone; no request of theirs may fail. The others try it after the one that flaps.
    private static async Task LoadAsync(HttpClient http, int client, Func<Uri[]> flapping, Uri survivor, Counts counts, CancellationToken isOver)
    {
        for (var number = client; !isOver.IsCancellationRequested; number++)
        {
            if (client % 2 == 0 || !await TryAsync(http, Of(flapping(), number), number % Files))
            {
                counts.Retry(client % 2 == 1);
                Assert.True(await TryAsync(http, survivor, number % Files), $"file-{number % Files}.bin was not answered");
            }

            counts.Answer();
        }
    }

    /// <returns>False where no whole answer came, or a node that is not up yet said so; a wrong one ends the test.</returns>
    private static async Task<bool> TryAsync(HttpClient http, Uri node, int number)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(node, $"/dist/file-{number}.bin"));
            var isRange = number % 3 == 0;
            request.Headers.Range = isRange ? new RangeHeaderValue(10, 1_009) : null;
            using var response = await http.SendAsync(request, Token);
            var body = await response.Content.ReadAsByteArrayAsync(Token);
            if (response.StatusCode == HttpStatusCode.ServiceUnavailable)
            {
                return false;
            }

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

    private static Uri Of(Uri[] nodes, int number) => nodes[number % nodes.Length];

    private static async Task AwaitMoreAsync(Counts counts, Task[] load, int more)
    {
        for (var enough = counts.Answered + more; counts.Answered < enough;)
        {
            // Whoever ends before it is told to ends by a failure.
            if (await Task.WhenAny([.. load, Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Token)]) is { IsFaulted: true } failed)
            {
                await failed;
            }
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
