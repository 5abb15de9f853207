using System.Net.Sockets;
using System.Text;

namespace ReleaseServer.Tests.Supervision;

/// <summary>The other end of <c>NOTIFY_SOCKET</c>: reads what a service tells.</summary>
internal sealed class ServiceManager : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly string? _path;

    public ServiceManager(bool isAbstract = false)
    {
        var name = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        _path = isAbstract ? null : name;
        Address = isAbstract ? "@" + name : name;
        _socket.Bind(new UnixDomainSocketEndPoint(isAbstract ? "\0" + name : name));
    }

    /// <summary>As it stands in the environment.</summary>
    public string Address { get; }

    /// <summary>Whether something was told that nobody has read yet.</summary>
    public bool HasMore => _socket.Available > 0;

    public async Task<string> ReadAsync()
    {
        var buffer = new byte[4096];
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        var count = await _socket.ReceiveAsync(buffer, patience.Token);
        return Encoding.UTF8.GetString(buffer, 0, count);
    }

    public void Dispose()
    {
        _socket.Dispose();
        if (_path is not null)
        {
            File.Delete(_path);
        }
    }
}
