using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace ReleaseServer.EndToEnd.Releases;

/// <summary>A client that reads what names releases, and then what is named, from any node, and notes what does not fit.</summary>
internal sealed partial class ReleaseWatch : IAsyncDisposable
{
    private readonly HttpClient _http;
    private readonly IReadOnlyList<Uri> _nodes;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<string> _torn = [];
    private readonly Task _watching;
    private int _observations;

    public ReleaseWatch(HttpClient http, IReadOnlyList<Uri> nodes)
    {
        (_http, _nodes) = (http, nodes);
        _watching = Task.WhenAll(WatchAsync(WatchIndexAsync), WatchAsync(WatchLatestAsync), WatchAsync(WatchListingAsync));
    }

    public int Observations => _observations;

    /// <returns>What did not fit.</returns>
    public async Task<IReadOnlyList<string>> StopAsync()
    {
        await _stopping.CancelAsync();
        await _watching;
        return _torn;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
    }

    private async Task WatchAsync(Func<int, Task> watch)
    {
        for (var turn = 0; !_stopping.IsCancellationRequested; turn++)
        {
            try
            {
                await watch(turn);
                Interlocked.Increment(ref _observations);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
            }
            catch (Exception exception) when (exception is HttpRequestException or JsonException)
            {
                Note(exception.Message);
            }
        }
    }

    // The newest of the index is there on whichever node is asked next.
    private async Task WatchIndexAsync(int turn)
    {
        using var index = JsonDocument.Parse(await ReadAsync(turn, "/dist/index.json"));
        var newest = index.RootElement[0].GetProperty("version").GetString()!;
        await ReadAsync(turn + 1, $"/dist/{newest}/SHASUMS256.txt");
        await ReadAsync(turn + 1, $"/dist/{newest}/");
        await ReadAsync(turn, $"/docs/{newest}/api/fs.html");
        await ReadAsync(turn + 1, $"/docs/{newest}/api/fs.html");
    }

    // Every name that the list has, by the link it was read through, on the other node; a name with the version in it has the bytes of the list.
    private async Task WatchLatestAsync(int turn)
    {
        foreach (var link in new[] { "latest", "latest-v26.x" })
        {
            var lines = System.Text.Encoding.UTF8.GetString(await ReadAsync(turn, $"/dist/{link}/SHASUMS256.txt")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            foreach (var line in lines.Skip(turn % 4).Where(static (_, i) => i % 4 == 0))
            {
                var (sum, name) = (line[..64], line[66..]);
                var content = await ReadAsync(turn + 1, $"/dist/{link}/{name}");
                if (name.Contains("v26.", StringComparison.Ordinal) && Convert.ToHexStringLower(SHA256.HashData(content)) != sum)
                {
                    Note($"{link}/{name} has another sum than the list that names it");
                }
            }
        }
    }

    private async Task WatchListingAsync(int turn)
    {
        var names = Name().Matches(System.Text.Encoding.UTF8.GetString(await ReadAsync(turn, "/dist/"))).Select(static match => match.Groups["name"].Value).ToList();
        foreach (var name in names.Where(static name => name.StartsWith("v26.", StringComparison.Ordinal) || name.StartsWith("latest", StringComparison.Ordinal)))
        {
            await ReadAsync(turn + 1, $"/dist/{name}");
        }
    }

    private async Task<byte[]> ReadAsync(int node, string path)
    {
        using var response = await _http.GetAsync(new Uri(_nodes[node % _nodes.Count], path), _stopping.Token);
        if (!response.IsSuccessStatusCode)
        {
            Note($"{path} of node {node % _nodes.Count}: {(int)response.StatusCode}");
        }

        return await response.Content.ReadAsByteArrayAsync(_stopping.Token);
    }

    private void Note(string text)
    {
        lock (_torn)
        {
            _torn.Add(text);
        }
    }

    [GeneratedRegex("<a href=\"(?<name>[^\"]+)\">")]
    private static partial Regex Name();
}
