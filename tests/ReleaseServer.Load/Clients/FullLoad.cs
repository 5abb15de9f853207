using System.Net;

namespace ReleaseServer.Load.Clients;

/// <summary>As many requests as there are answers, over a fixed number of connections: what wrk does, for HEAD, which wrk cannot.</summary>
internal static class FullLoad
{
    /// <exception cref="InvalidOperationException">An answer was no 200.</exception>
    public static async Task<long> RunAsync(
        IPEndPoint server, HttpRequest request, int connections, TimeSpan duration, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        var counts = await Task.WhenAll(Enumerable.Range(0, connections).Select(async _ =>
        {
            using var connection = new LoadConnection(server, bufferBytes: 4096);
            var count = 0L;
            while (TimeProvider.System.GetElapsedTime(started) < duration)
            {
                var answer = await connection.TrySendAsync(request, cancellationToken);
                if (answer is not { Status: 200 })
                {
                    throw new InvalidOperationException($"answered {(answer is { } other ? other.Status : 0)} where 200 was due");
                }

                count++;
            }

            return count;
        }));
        return counts.Sum();
    }
}
