using System.Net;

namespace ReleaseServer.Load.Clients;

/// <summary>Keep-alive connections that have each asked once, and wait.</summary>
internal sealed class IdleConnections(IPEndPoint server) : IDisposable
{
    private const int AtOnce = 200;
    private const int BufferBytes = 2048;
    private readonly List<LoadConnection> _connections = [];

    public async Task OpenAsync(string path, int count, CancellationToken cancellationToken)
    {
        for (var number = 0; number < count; number++)
        {
            _connections.Add(new LoadConnection(server, BufferBytes));
        }

        if (await AskAsync(path, cancellationToken) is var answered && answered < count)
        {
            throw new InvalidOperationException($"Of {count} connections, {answered} were answered at first");
        }
    }

    /// <summary>Asks once on each connection.</summary>
    /// <returns>How many were answered on the connection that they had: one that was closed does not count.</returns>
    public async Task<int> AskAsync(string path, CancellationToken cancellationToken)
    {
        var request = HttpRequest.Get(path);
        var answered = 0;
        foreach (var batch in _connections.Chunk(AtOnce))
        {
            var answers = await Task.WhenAll(batch.Select(connection => connection.TrySendAsync(request, cancellationToken).AsTask()));
            answered += answers.Count(static answer => answer is { Status: 200 });
        }

        return answered;
    }

    public void Dispose() => _connections.ForEach(static connection => connection.Dispose());
}
