using System.Collections.Concurrent;
using ReleaseServer.EndToEnd.Processes;

namespace ReleaseServer.EndToEnd.Caching;

/// <summary>A server that is killed while it brings files from a slow bucket keeps whole files only, and all of those.</summary>
public sealed class KilledServerTests : IDisposable
{
    private const int Kills = 50;
    private const int Clients = 6;
    private const int FilesOfAKind = 50;
    private const int BytesPerSecond = 32 << 20;
    private const int RequestsOfAPass = 300;

    /// <summary>Hit ratios may differ by so much before and after a kill...</summary>
    private const double Points = 0.05;

    /// <summary>...once the same has been asked for so long.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);

    private readonly TemporaryDirectory _home = new();
    private readonly Random _random = new(20260504);
    private readonly List<(string Path, byte[] Content)> _large = [];
    private readonly List<(string Path, byte[] Content)> _small = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Serve_KilledAgainAndAgainDuringFills_RightBytesAndWholeFilesKept()
    {
        WriteFiles();
        await using var store = await StoreProcess.StartAsync(_home["bucket"], _home.Path);
        var settings = store.Settings.Append("--Log:Access=false").ToArray();
        await store.SetTotalRateAsync(BytesPerSecond);

        var fetched = new ConcurrentDictionary<string, bool>();
        for (var kill = 0; kill < Kills; kill++)
        {
            await KillOnceAsync(kill, settings, fetched);
        }

        await store.SetTotalRateAsync(0);
        await store.ResetAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"{fetched.Count} of {FilesOfAKind} large files were fetched between the kills");
        Assert.InRange(fetched.Count, 10, FilesOfAKind);
        var warm = await ReadAllAndMeasureAsync(store, settings, fetched);
        await AssertWarmAgainAsync(store, settings, warm);
    }

    // Each time there is one more large file, and one more small one.
    private async Task KillOnceAsync(int number, string[] settings, ConcurrentDictionary<string, bool> fetched)
    {
        var moment = TimeSpan.FromMilliseconds(_random.Next(150));
        var phase = number % 5;
        if (phase == 4)
        {
            await ServerProcess.KillAtStartAsync(_home.Path, moment, settings);
            return;
        }

        await using var server = await ServerProcess.StartAsync(_home.Path, settings);
        using var http = new HttpClient { BaseAddress = server.BaseAddress };
        using var killed = new CancellationTokenSource();
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var seeds = Enumerable.Range(0, Clients).Select(_ => _random.Next()).ToArray();
        var clients = seeds.Select(seed => Task.Run(() => FetchAsync(http, number + 1, new Random(seed), OnFetched, killed.Token), Token)).ToArray();
        if (phase != 3)
        {
            // The first answers of a process take their time, and a kill before them finds no more than the first reads.
            await Task.WhenAny(clients.Append(answered.Task));
        }

        await Task.Delay(moment, TimeProvider.System, Token);
        await killed.CancelAsync();
        await server.KillAsync();
        await Task.WhenAll(clients);

        void OnFetched(string path)
        {
            fetched[path] = true;
            answered.TrySetResult();
        }
    }

    // Until the server is killed; what breaks off by then is no answer, and what breaks off before is a failure.
    private async Task FetchAsync(HttpClient http, int files, Random random, Action<string> onFetched, CancellationToken killed)
    {
        try
        {
            while (!killed.IsCancellationRequested)
            {
                var isLarge = random.Next(2) == 0;
                var isNewest = random.Next(3) > 0;
                var (path, content) = (isLarge ? _large : _small)[isNewest ? files - 1 : random.Next(files)];
                await AssertSameAsync(http, path, content);
                if (isLarge)
                {
                    onFetched(path);
                }
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException && killed.IsCancellationRequested)
        {
            // What was asked for died with the server.
        }
    }

    /// <returns>Part of requests that are answered without the bucket, when all is there.</returns>
    private async Task<double> ReadAllAndMeasureAsync(StoreProcess store, string[] settings, ConcurrentDictionary<string, bool> fetched)
    {
        await using var server = await ServerProcess.StartAsync(_home.Path, settings);
        using var http = new HttpClient { BaseAddress = server.BaseAddress };
        foreach (var (path, content) in _large.Concat(_small))
        {
            await AssertSameAsync(http, path, content);
        }

        Assert.Equal(0, await store.CountAsync(key => fetched.ContainsKey(PathOf(key))));
        var ratio = await HitRatioAsync(store, http);
        await server.KillAsync();
        return ratio;
    }

    private async Task AssertWarmAgainAsync(StoreProcess store, string[] settings, double before)
    {
        await using var server = await ServerProcess.StartAsync(_home.Path, settings);
        using var http = new HttpClient { BaseAddress = server.BaseAddress };
        var started = TimeProvider.System.GetTimestamp();
        await HitRatioAsync(store, http);

        double after;
        do
        {
            after = await HitRatioAsync(store, http);
        }
        while (after < before - Points && TimeProvider.System.GetElapsedTime(started) < WarmUp);
        Assert.InRange(after, before - Points, 1);
        Assert.DoesNotContain("ERR", server.Log, StringComparison.Ordinal);
    }

    // The same requests each time.
    private async Task<double> HitRatioAsync(StoreProcess store, HttpClient http)
    {
        var random = new Random(1);
        await store.ResetAsync();
        for (var request = 0; request < RequestsOfAPass; request++)
        {
            var (path, content) = (random.Next(4) == 0 ? _large : _small)[random.Next(FilesOfAKind)];
            await AssertSameAsync(http, path, content);
        }

        return 1 - ((double)await store.CountAsync(static key => key.StartsWith("nodejs/", StringComparison.Ordinal)) / RequestsOfAPass);
    }

    private static async Task AssertSameAsync(HttpClient http, string path, byte[] content)
    {
        using var response = await http.GetAsync(new Uri(path, UriKind.Relative), Token);
        var body = await response.Content.ReadAsByteArrayAsync(Token);
        Assert.True(response.IsSuccessStatusCode, $"{path}: {response.StatusCode}");
        Assert.True(content.AsSpan().SequenceEqual(body), $"{path} has other bytes: {body.Length} of {content.Length}");
    }

    // More than 512 KiB is kept on disk.
    private void WriteFiles()
    {
        for (var number = 0; number < FilesOfAKind; number++)
        {
            _large.Add(Write($"/dist/v20.0.0/large-{number:00}.bin", _random.Next(540_000, 1_000_000)));
            _small.Add(Write($"/dist/v20.0.0/small-{number:00}.bin", _random.Next(1, 300_000)));
        }
    }

    private (string Path, byte[] Content) Write(string path, int length)
    {
        var content = new byte[length];
        _random.NextBytes(content);
        var file = Path.Combine(_home["bucket"], "nodejs/release", path["/dist/".Length..]);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, content);
        return (path, content);
    }

    private static string PathOf(string key) => key.Replace("nodejs/release/", "/dist/", StringComparison.Ordinal);
}
