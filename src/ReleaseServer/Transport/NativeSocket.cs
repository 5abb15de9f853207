using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ReleaseServer.Transport;

/// <summary>Receives and sends as much as a socket has or takes at once. Never waits, and allocates nothing.</summary>
/// <remarks>
/// <see cref="Socket"/> asks the system up to twice as often for the same, and holds half a kilobyte more for each connection. The socket
/// must not be <see cref="Socket.Blocking"/>. All members throw <see cref="ObjectDisposedException"/> once it is closed.
/// </remarks>
internal static class NativeSocket
{
    /// <summary>MSG_NOSIGNAL: no SIGPIPE.</summary>
    private const int NoSignal = 0x4000;

    /// <summary>MSG_MORE: what follows goes into the same packet.</summary>
    private const int More = 0x8000;

    private const int InterruptedError = 4;
    private const int TryAgainError = 11;

    /// <returns>Bytes received, 0 at the end; null where there is nothing yet.</returns>
    /// <exception cref="SocketException">The connection is broken.</exception>
    public static int? Receive(Socket socket, Span<byte> into)
    {
        nint count;
        do
        {
            count = Receive(socket.SafeHandle, ref MemoryMarshal.GetReference(into), into.Length, 0);
        }
        while (count < 0 && WasInterrupted());
        return Checked(count);
    }

    /// <param name="more">Whether more follows at once.</param>
    /// <returns>Bytes sent; null where the socket takes none at present.</returns>
    /// <exception cref="SocketException">The connection is broken.</exception>
    public static int? Send(Socket socket, ReadOnlySpan<byte> content, bool more)
    {
        nint count;
        do
        {
            count = Send(socket.SafeHandle, in MemoryMarshal.GetReference(content), content.Length, NoSignal | (more ? More : 0));
        }
        while (count < 0 && WasInterrupted());
        return Checked(count);
    }

    /// <summary>Sends a region of a file by sendfile(2).</summary>
    /// <returns>Bytes sent, 0 where the file has no more; null where the socket takes none at present.</returns>
    /// <exception cref="SocketException">The connection is broken, or the file cannot be read.</exception>
    public static int? SendFile(Socket socket, SafeFileHandle file, long offset, int count)
    {
        nint sent;
        do
        {
            sent = SendFile(socket.SafeHandle, file, ref offset, count);
        }
        while (sent < 0 && WasInterrupted());
        return Checked(sent);
    }

    private static int? Checked(nint count) =>
        count >= 0 ? (int)count
        : Marshal.GetLastPInvokeError() == TryAgainError ? null
        : throw new SocketException(Marshal.GetLastPInvokeError());

    private static bool WasInterrupted() => Marshal.GetLastPInvokeError() == InterruptedError;

    [DllImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static extern nint Receive(SafeSocketHandle socket, ref byte start, nint length, int flags);

    [DllImport("libc", EntryPoint = "send", SetLastError = true)]
    private static extern nint Send(SafeSocketHandle socket, in byte start, nint length, int flags);

    [DllImport("libc", EntryPoint = "sendfile", SetLastError = true)]
    private static extern nint SendFile(SafeSocketHandle socket, SafeFileHandle file, ref long offset, nint count);
}
