using System.Buffers.Binary;
using System.Net.Sockets;

namespace ReleaseServer.Transport;

/// <summary>What Linux tells of a TCP connection: getsockopt(2) with TCP_INFO.</summary>
internal static class TcpInfo
{
    private const int Tcp = 6;
    private const int Info = 11;

    /// <summary>Place of <c>tcpi_bytes_acked</c> in <c>struct tcp_info</c> (linux/tcp.h), there since Linux 4.1.</summary>
    private const int AcknowledgedAt = 120;

    /// <summary>Bytes that the other side has acknowledged since the connection began.</summary>
    /// <exception cref="SocketException">The socket is no TCP connection, or no longer.</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public static long Acknowledged(Socket socket)
    {
        Span<byte> info = stackalloc byte[AcknowledgedAt + sizeof(long)];
        info.Clear();
        socket.GetRawSocketOption(Tcp, Info, info);
        return BinaryPrimitives.ReadInt64LittleEndian(info[AcknowledgedAt..]);
    }
}
