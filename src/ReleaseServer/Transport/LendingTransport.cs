using System.Net;
using Microsoft.AspNetCore.Connections;

namespace ReleaseServer.Transport;

/// <summary>A transport of plain TCP whose connections send response bodies without copying them (<see cref="ILendingFeature"/>).</summary>
/// <remarks>
/// Kestrel asks the transports it knows in turn; this one takes only the addresses meant for it. Linux only: it relies on sendfile(2) and on
/// TCP_INFO. The application runs on the thread that received the request.
/// </remarks>
internal sealed class LendingTransport(IMemoryPoolFactory<byte> pools, LendingSettings settings)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector, IDisposable
{
    private readonly Lazy<EventLoops> _loops = new();
    private readonly HashSet<int> _localhostPorts = [];

    public static bool IsSupported => OperatingSystem.IsLinux();

    /// <summary>Takes a port on both loopback addresses as well, which Kestrel binds by addresses of its own making.</summary>
    public void TakeLocalhost(int port) => _localhostPorts.Add(port);

    public bool CanBind(EndPoint endpoint) =>
        endpoint is LendingEndPoint || (endpoint is IPEndPoint ip && IPAddress.IsLoopback(ip.Address) && _localhostPorts.Contains(ip.Port));

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IConnectionListener>(LendingListener.Bind((IPEndPoint)endpoint, pools.Create(), _loops.Value, settings));

    /// <summary>Ends once every thread that waits for sockets has come round to it: soon, unless something holds one up.</summary>
    public Task ProbeAsync(CancellationToken cancellationToken) => _loops.IsValueCreated ? _loops.Value.ProbeAsync(cancellationToken) : Task.CompletedTask;

    public void Dispose()
    {
        if (_loops.IsValueCreated)
        {
            _loops.Value.Dispose();
        }
    }
}
