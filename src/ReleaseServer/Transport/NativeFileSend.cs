using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ReleaseServer.Transport;

/// <summary>Sends as much of a file as the socket takes at once, without waiting and without allocating.</summary>
/// <remarks>
/// <see cref="Socket.SendPacketsAsync"/> does the waiting, for what is left; starting with it would cost several objects and microseconds a region.
/// </remarks>
internal static class NativeFileSend
{
    private const int MessageNoWait = 0x40;
    private const int MessageNoSignal = 0x4000;

    /// <summary>MSG_MORE: what follows goes into the same packet.</summary>
    private const int MessageMore = 0x8000;

    private const int InterruptedError = 4;

    /// <summary>Sends bytes that more will follow.</summary>
    /// <returns>Bytes sent; 0 where the socket takes none at present, or is broken.</returns>
    public static int SendHead(Socket socket, ReadOnlySpan<byte> head)
    {
        if (head.IsEmpty)
        {
            return 0;
        }

        var sent = Send(socket.SafeHandle, in MemoryMarshal.GetReference(head), head.Length, MessageNoWait | MessageNoSignal | MessageMore);
        return (int)Math.Max(sent, 0);
    }

    /// <returns>Bytes sent; fewer than asked for where the socket takes no more at present, or is broken, or the file ends.</returns>
    public static int SendFile(Socket socket, SafeFileHandle file, long offset, int count)
    {
        var handle = socket.SafeHandle;
        var left = count;
        while (left > 0)
        {
            var sent = SendFile(handle, file, ref offset, left);
            if (sent > 0)
            {
                left -= (int)sent;
            }
            else if (sent == 0 || Marshal.GetLastPInvokeError() != InterruptedError)
            {
                break;
            }
        }

        return count - left;
    }

    [DllImport("libc", EntryPoint = "send")]
    private static extern nint Send(SafeSocketHandle socket, in byte start, nint length, int flags);

    [DllImport("libc", EntryPoint = "sendfile", SetLastError = true)]
    private static extern nint SendFile(SafeSocketHandle socket, SafeFileHandle file, ref long offset, nint count);
}
