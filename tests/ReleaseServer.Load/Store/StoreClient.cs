using System.Globalization;
using System.Net.Http.Json;

namespace ReleaseServer.Load.Store;

/// <summary>Tells the stand-in what to do, and asks what it was asked.</summary>
internal sealed class StoreClient(int controlPort) : IDisposable
{
    // What the server reads of itself, such as the published generation, is no consequence of requests.
    private const string OwnPrefix = ".release-server/";

    private readonly HttpClient _http = new() { BaseAddress = new Uri($"http://127.0.0.1:{controlPort}/control/") };

    public async Task AwaitStartAsync(CancellationToken cancellationToken)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                await ResetAsync(cancellationToken);
                return;
            }
            catch (HttpRequestException) when (tries < 500)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
            }
        }
    }

    public Task SetModeAsync(StoreMode mode, CancellationToken cancellationToken) => PostAsync($"set?mode={mode}", cancellationToken);

    public Task SetLatencyAsync(TimeSpan latency, CancellationToken cancellationToken) =>
        PostAsync(string.Create(CultureInfo.InvariantCulture, $"set?latency={(int)latency.TotalMilliseconds}"), cancellationToken);

    /// <param name="totalRate">Bytes per second of all bodies together; 0 for no limit.</param>
    public Task SetTotalRateAsync(long totalRate, CancellationToken cancellationToken) =>
        PostAsync(string.Create(CultureInfo.InvariantCulture, $"set?totalRate={totalRate}"), cancellationToken);

    public Task HealAsync(CancellationToken cancellationToken) => PostAsync("set?mode=Normal&latency=0&bodyRate=0&totalRate=0", cancellationToken);

    public Task ResetAsync(CancellationToken cancellationToken) => PostAsync("reset", cancellationToken);

    /// <summary>Requests for objects since the last reset; the server's own reading of links and catalog left out.</summary>
    public async Task<long> CountAsync(Func<StoreCount, bool> which, CancellationToken cancellationToken)
    {
        var counts = await _http.GetFromJsonAsync<StoreCount[]>("stats", cancellationToken) ?? [];
        return counts.Where(static count => !count.Key.StartsWith(OwnPrefix, StringComparison.Ordinal)).Where(which).Sum(static count => count.Count);
    }

    public void Dispose() => _http.Dispose();

    private async Task PostAsync(string what, CancellationToken cancellationToken)
    {
        using var response = await _http.PostAsync(new Uri(what, UriKind.Relative), content: null, cancellationToken);
        response.EnsureSuccessStatusCode();
    }
}
