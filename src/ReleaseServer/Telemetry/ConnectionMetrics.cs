using Microsoft.AspNetCore.Connections;

namespace ReleaseServer.Telemetry;

/// <summary>Which addresses a connection came to.</summary>
internal enum ListenerKind
{
    Public,
    H2c,
    Admin,
}

/// <summary>Counts connections. Safe for concurrent use.</summary>
internal sealed class ConnectionMetrics
{
    private static readonly string[] Names = ["public", "h2c", "admin"];

    private readonly long[] _opened = new long[Names.Length];
    private readonly long[] _closed = new long[Names.Length];

    /// <summary>Connection middleware that counts those of one kind.</summary>
    public Func<ConnectionDelegate, ConnectionDelegate> Counting(ListenerKind kind) => next => async connection =>
    {
        Interlocked.Increment(ref _opened[(int)kind]);
        try
        {
            await next(connection);
        }
        finally
        {
            Interlocked.Increment(ref _closed[(int)kind]);
        }
    };

    public void Register(ServerMetrics metrics)
    {
        metrics.Counter("releaseserver.connections.opened", "{connection}", "Connections accepted", () => Names.Select(
            (name, i) => ServerMetrics.Value(Interlocked.Read(ref _opened[i]), "listener", name)));
        metrics.Gauge("releaseserver.connections.open", "{connection}", "Connections that are open", () => Names.Select((name, i) =>
        {
            // In this order, so that it is never negative.
            var closed = Interlocked.Read(ref _closed[i]);
            return ServerMetrics.Value((double)(Interlocked.Read(ref _opened[i]) - closed), "listener", name);
        }));
    }
}
