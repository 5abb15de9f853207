using System.Net.Sockets;
using System.Text;

namespace ReleaseServer.Supervision;

/// <summary>Tells a service manager how this process is, by the protocol of sd_notify(3): lines in a datagram to the socket that <c>NOTIFY_SOCKET</c> names.</summary>
internal sealed class NotifySocket : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly UnixDomainSocketEndPoint _manager;

    /// <param name="address">A path, or a name in the abstract namespace, which begins with <c>@</c>.</param>
    /// <exception cref="ArgumentException">It is neither, or too long for a socket.</exception>
    public NotifySocket(string address)
    {
        if (address.Length < 2 || address[0] is not ('/' or '@'))
        {
            throw new ArgumentException($"NOTIFY_SOCKET must be an absolute path or begin with @, is '{address}'", nameof(address));
        }

        // Nobody waits for a manager that does not read: the next notice will do.
        _socket.Blocking = false;
        _manager = new UnixDomainSocketEndPoint(address[0] == '@' ? "\0" + address[1..] : address);
    }

    /// <summary>Sends one notice, such as <c>READY=1</c>; several with a line feed between them.</summary>
    /// <returns>What went wrong; null where nothing did.</returns>
    public string? Send(string notice)
    {
        try
        {
            _socket.SendTo(Encoding.UTF8.GetBytes(notice), _manager);
            return null;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return exception.Message;
        }
    }

    public void Dispose() => _socket.Dispose();
}
