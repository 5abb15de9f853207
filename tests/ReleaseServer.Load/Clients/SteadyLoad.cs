using System.Net;

namespace ReleaseServer.Load.Clients;

/// <param name="At">Since the load began, when the request was sent.</param>
/// <param name="Status">0 where no whole answer came.</param>
internal readonly record struct LoadSample(TimeSpan At, int Status, TimeSpan Time)
{
    public bool IsError => Status != 200;
}

/// <summary>A fixed number of requests per second over a fixed number of connections, one path after the other.</summary>
/// <remarks>Times count from the sending of each request: on a busy machine, the schedule of the client says nothing of the server.</remarks>
internal sealed class SteadyLoad(IPEndPoint server, IReadOnlyList<string> paths, int connections, int requestsPerSecond)
{
    private readonly HttpRequest[] _requests = [.. paths.Select(HttpRequest.Get)];

    public async Task<IReadOnlyList<LoadSample>> RunAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        var workers = Enumerable.Range(0, connections).Select(worker => WorkAsync(worker, started, duration, cancellationToken));
        var samples = await Task.WhenAll(workers);
        return [.. samples.SelectMany(static list => list)];
    }

    /// <summary>Each path once, so that whoever keeps answers has them all.</summary>
    public async Task FillAsync(CancellationToken cancellationToken)
    {
        using var connection = new LoadConnection(server);
        foreach (var request in _requests)
        {
            await connection.TrySendAsync(request, cancellationToken);
        }
    }

    private async Task<List<LoadSample>> WorkAsync(int worker, long started, TimeSpan duration, CancellationToken cancellationToken)
    {
        var samples = new List<LoadSample>();
        var interval = TimeSpan.FromSeconds(connections / (double)requestsPerSecond);
        var due = interval * worker / connections;
        using var connection = new LoadConnection(server);
        for (var turn = worker; due < duration; turn += connections, due += interval)
        {
            var now = TimeProvider.System.GetElapsedTime(started);
            if (due - now > TimeSpan.FromMilliseconds(1))
            {
                await Task.Delay(due - now, TimeProvider.System, cancellationToken);
                now = TimeProvider.System.GetElapsedTime(started);
            }

            if (now > duration)
            {
                break;
            }

            var answer = await connection.TrySendAsync(_requests[turn % _requests.Length], cancellationToken);
            samples.Add(new LoadSample(now, answer?.Status ?? 0, TimeProvider.System.GetElapsedTime(started) - now));
        }

        return samples;
    }
}
