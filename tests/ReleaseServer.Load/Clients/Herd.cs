using System.Net;

namespace ReleaseServer.Load.Clients;

/// <param name="FirstByte">Of the clients that were answered in time.</param>
/// <param name="Unfinished">Clients that had no whole answer in time, or another than 200.</param>
internal sealed record HerdResult(IReadOnlyList<TimeSpan> FirstByte, IReadOnlyList<TimeSpan> LastByte, int Unfinished);

/// <summary>Many clients that ask for one object at the same moment.</summary>
internal static class Herd
{
    public static async Task<HerdResult> RunAsync(IPEndPoint server, string path, int clients, TimeSpan limit, CancellationToken cancellationToken)
    {
        var request = HttpRequest.Get(path);
        var connections = Enumerable.Range(0, clients).Select(_ => new LoadConnection(server)).ToArray();
        try
        {
            foreach (var connection in connections)
            {
                await connection.ConnectAsync(cancellationToken);
            }

            using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            late.CancelAfter(limit);
            var answers = await Task.WhenAll(connections.Select(connection => SendAsync(connection, request, late.Token)));
            cancellationToken.ThrowIfCancellationRequested();
            var whole = answers.OfType<HttpAnswer>().Where(static answer => answer.Status == 200).ToArray();
            return new HerdResult(
                [.. whole.Select(static answer => answer.FirstByte)],
                [.. whole.Select(static answer => answer.LastByte)],
                clients - whole.Length);
        }
        finally
        {
            Array.ForEach(connections, static connection => connection.Dispose());
        }
    }

    private static async Task<HttpAnswer?> SendAsync(LoadConnection connection, HttpRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await connection.TrySendAsync(request, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }
}
