using ReleaseServer.EndToEnd.Processes;

namespace ReleaseServer.EndToEnd.Releases;

/// <summary>Clients that ask for the same paths from all nodes, some hundred times a second together, and note what is no success.</summary>
internal sealed class ReleaseLoad : IAsyncDisposable
{
    private const int ClientsOfANode = 4;

    // As fast as they are answered would take the processor from the nodes and the command.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly HttpClient _http;
    private readonly IReadOnlyList<string> _paths;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<string> _errors = [];
    private readonly TaskCompletionSource _underWay = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _asking;
    private int _requests;

    public ReleaseLoad(HttpClient http, IEnumerable<ServerProcess> nodes, IReadOnlyList<string> paths)
    {
        (_http, _paths) = (http, paths);
        _asking = Task.WhenAll(nodes.SelectMany(node => Enumerable.Range(0, ClientsOfANode).Select(first => AskAsync(node.BaseAddress, first))));
    }

    public int Requests => _requests;

    /// <summary>Ends once each path was asked for some times.</summary>
    public Task UnderWay => _underWay.Task;

    /// <returns>What was no success.</returns>
    public async Task<IReadOnlyList<string>> StopAsync()
    {
        await _stopping.CancelAsync();
        await _asking;
        return _errors;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
    }

    private async Task AskAsync(Uri node, int first)
    {
        for (var turn = first; !_stopping.IsCancellationRequested; turn++)
        {
            var path = _paths[turn % _paths.Count];
            try
            {
                using var response = await _http.GetAsync(new Uri(node, path), _stopping.Token);
                if (!response.IsSuccessStatusCode)
                {
                    Note($"{path} of {node}: {(int)response.StatusCode}");
                }

                await Task.Delay(Pause, TimeProvider.System, _stopping.Token);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (HttpRequestException exception)
            {
                Note($"{path} of {node}: {exception.Message}");
            }

            if (Interlocked.Increment(ref _requests) == _paths.Count * 20)
            {
                _underWay.SetResult();
            }
        }
    }

    private void Note(string text)
    {
        lock (_errors)
        {
            _errors.Add(text);
        }
    }
}
