using System.Globalization;
using System.Net;
using ReleaseServer.EndToEnd.Processes;
using ReleaseServer.EndToEnd.Releases;
using ReleaseServer.Testing.S3;

namespace ReleaseServer.EndToEnd.Faults;

/// <summary>
/// Absent paths without end, clients that leave, and a store that fails one request in ten: memory does not grow. Half a minute of it here;
/// <c>tests/load/soak.sh</c> lasts as long as it is told.
/// </summary>
public sealed class SoakTests : IAsyncLifetime
{
    private const string Bucket = "releases";
    private const string SecondsVariable = "RELEASESERVER_TEST_SOAK_SECONDS";
    private const string PathsVariable = "RELEASESERVER_TEST_SOAK_PATHS";
    private const int DefaultSeconds = 24;
    private const int DefaultPaths = 1_000;
    private const int AbsentClients = 16;
    private const int LeavingClients = 2;
    private const int Files = 200;

    // Of the long run. The short one ends while the process is still getting warm, and finds what leaks fast.
    private const long MostGrowth = 32L << 20;
    private const long MostGrowthOfShort = 96L << 20;

    // Those who ask for what is there leave the machine to those who ask for what is not.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Sampling = TimeSpan.FromMilliseconds(500);
    private static readonly byte[] Large = new byte[4 << 20];

    private readonly TemporaryDirectory _home = new();
    private S3Stub? _store;
    private ServerProcess? _server;
    private long _absent;
    private long _kept;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static TimeSpan Duration => TimeSpan.FromSeconds(Number(SecondsVariable, DefaultSeconds));

    private static int Number(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    public async ValueTask InitializeAsync()
    {
        _store = await S3Stub.StartAsync();
        var options = _store.AddBucket(Bucket);
        for (var number = 0; number < Files; number++)
        {
            _store.Put(Bucket, $"nodejs/release/file-{number}.bin", StubObject.Of(ContentOf(number)));
        }

        _store.Put(Bucket, "nodejs/release/large.bin", StubObject.Of(Large));
        _server = await ServerProcess.StartAsync(
            _home.Path,
            [.. EmptyBucket.SettingsOf(options, "Bucket"), "--Cache:MemoryBytes=33554432", "--Limits:AbsentNamesPerSecond=0", "--Log:Access=false"]);
    }

    public async ValueTask DisposeAsync()
    {
        await (_server?.DisposeAsync() ?? default);
        await (_store?.DisposeAsync() ?? default);
        _home.Dispose();
    }

    [Fact]
    public async Task Memory_AbsentPathsAbortsAndFaults_DoesNotGrow()
    {
        StubFault[] faults =
        [
            new() { Refuse = true },
            new() { Status = 503, Code = "SlowDown" },
            new() { CutAfter = 1_000 },
            new() { Status = 200, Body = "<html>a page</html>" },
        ];
        _store!.Fail(_ => Random.Shared.Next(10) == 0 ? faults[Random.Shared.Next(faults.Length)] : null);
        using var isOver = CancellationTokenSource.CreateLinkedTokenSource(Token);
        using var http = new HttpClient { BaseAddress = _server!.BaseAddress };
        Task[] load =
        [
            .. Enumerable.Range(0, AbsentClients).Select(_ => Task.Run(() => AskAbsentAsync(http, isOver.Token), Token)),
            .. Enumerable.Range(0, LeavingClients).Select(_ => Task.Run(() => LeaveAsync(isOver.Token), Token)),
            Task.Run(() => AskKeptAsync(http, isOver.Token), Token),
        ];

        var started = TimeProvider.System.GetTimestamp();
        var samples = await SampleAsync(load);
        var took = TimeProvider.System.GetElapsedTime(started);
        await isOver.CancelAsync();
        await Task.WhenAll(load);

        // The middle third, which has its peaks as well, is what the last is compared with.
        var third = samples.Count / 3;
        var growth = samples.Skip(2 * third).Max() - samples.Skip(third).Take(third).Max();
        var figures = string.Create(
            CultureInfo.InvariantCulture,
            $"{took.TotalSeconds:0} s, {_absent} absent paths, {_kept} others: {samples[third] >> 20} MiB after a third, {samples[2 * third] >> 20} after two, {samples[^1] >> 20} at the end; peak grew by {growth >> 20}");
        TestContext.Current.TestOutputHelper?.WriteLine(figures);
        Assert.True(growth <= (Duration > TimeSpan.FromMinutes(5) ? MostGrowth : MostGrowthOfShort), figures);
    }

    private async Task<List<long>> SampleAsync(Task[] load)
    {
        var samples = new List<long>();
        var paths = Number(PathsVariable, DefaultPaths);
        var started = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(started) < Duration || Interlocked.Read(ref _absent) < paths)
        {
            // Whatever ends ends by a failure.
            if (await Task.WhenAny([.. load, Task.Delay(Sampling, TimeProvider.System, Token)]) is { IsFaulted: true } failed)
            {
                await failed;
            }

            samples.Add(_server!.AnonymousBytes());
            _store!.ForgetCalls();
        }

        return samples;
    }

    private async Task AskAbsentAsync(HttpClient http, CancellationToken isOver)
    {
        while (!isOver.IsCancellationRequested)
        {
            var number = Interlocked.Increment(ref _absent);
            using var response = await http.GetAsync(new Uri($"/dist/absent/{number:x16}/no-such-file.tar.gz", UriKind.Relative), Token);
            Assert.True(response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.ServiceUnavailable, $"{response.StatusCode}");
        }
    }

    // What is left unread is not waited for: the server gets a reset. Whoever is not answered at all ends the test after 100 s; a machine may stand still for some.
    private async Task LeaveAsync(CancellationToken isOver)
    {
        using var http = new HttpClient(new SocketsHttpHandler { MaxResponseDrainSize = 0 }) { BaseAddress = _server!.BaseAddress };
        var buffer = new byte[1_000];
        while (!isOver.IsCancellationRequested)
        {
            try
            {
                using var response = await http.GetAsync(new Uri("/dist/large.bin", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Token);
                await using var body = await response.Content.ReadAsStreamAsync(Token);
                _ = await body.ReadAsync(buffer, Token);
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException)
            {
                // The store broke off before this client did.
            }

            await Task.Delay(Pause, TimeProvider.System, Token);
        }
    }

    // What broke in its middle is a broken connection; a whole answer is right.
    private async Task AskKeptAsync(HttpClient http, CancellationToken isOver)
    {
        for (var number = 0; !isOver.IsCancellationRequested; number = (number + 1) % Files)
        {
            try
            {
                using var response = await http.GetAsync(new Uri($"/dist/file-{number}.bin", UriKind.Relative), Token);
                var body = await response.Content.ReadAsByteArrayAsync(Token);
                Assert.True(
                    response.StatusCode == HttpStatusCode.ServiceUnavailable || ContentOf(number).AsSpan().SequenceEqual(body),
                    $"file-{number}.bin: {response.StatusCode}");
                _kept++;
            }
            catch (HttpRequestException)
            {
                // Not whole.
            }

            await Task.Delay(Pause, TimeProvider.System, Token);
        }
    }

    private static byte[] ContentOf(int number)
    {
        var content = new byte[1_000 + (number * 200)];
        new Random(number).NextBytes(content);
        return content;
    }
}
