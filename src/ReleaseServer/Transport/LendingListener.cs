using System.Buffers;
using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace ReleaseServer.Transport;

/// <summary>Accepts connections of <see cref="LendingTransport"/> on one address.</summary>
internal sealed class LendingListener : IConnectionListener
{
    /// <summary>Connections that may wait to be accepted, as Kestrel's own transport has it.</summary>
    private const int Backlog = 512;

    /// <summary>Wait after a failure that is the machine's, such as too many open files, rather than one client's.</summary>
    private static readonly TimeSpan FailurePause = TimeSpan.FromMilliseconds(100);

    private readonly Socket _socket;
    private readonly MemoryPool<byte> _pool;
    private readonly EventLoops _loops;
    private readonly LendingSettings _settings;

    private LendingListener(Socket socket, MemoryPool<byte> pool, EventLoops loops, LendingSettings settings)
    {
        (_socket, _pool, _loops, _settings) = (socket, pool, loops, settings);
        EndPoint = socket.LocalEndPoint!;
    }

    public EndPoint EndPoint { get; }

    /// <param name="pool">The listener disposes it.</param>
    /// <exception cref="AddressInUseException">Another listener has the address.</exception>
    public static LendingListener Bind(IPEndPoint endpoint, MemoryPool<byte> pool, EventLoops loops, LendingSettings settings)
    {
        if (endpoint.Address.Equals(IPAddress.IPv6Any) && !Socket.OSSupportsIPv6)
        {
            endpoint = new IPEndPoint(IPAddress.Any, endpoint.Port);
        }

        try
        {
            var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            socket.Listen(Backlog);
            return new LendingListener(socket, pool, loops, settings);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new AddressInUseException(exception.Message, exception);
        }
    }

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            Socket? socket = null;
            try
            {
                socket = await _socket.AcceptAsync(cancellationToken);
                socket.NoDelay = true;
                var connection = new LendingConnection(socket, _pool, _settings);
                connection.Start(_loops.Next());
                return connection;
            }
            catch (Exception exception) when (exception is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                // Unbound: there is nothing more to come.
                return null;
            }
            catch (SocketException exception) when (socket is not null || exception.SocketErrorCode == SocketError.ConnectionReset)
            {
                // Left while it waited; the next one.
                socket?.Dispose();
            }
            catch (Exception exception) when (exception is SocketException or Win32Exception)
            {
                socket?.Dispose();
                await Task.Delay(FailurePause, _settings.Clock, cancellationToken);
            }
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _pool.Dispose();
        return ValueTask.CompletedTask;
    }
}
