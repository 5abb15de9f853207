using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ReleaseServer.Transport;

/// <summary>epoll(7): tells which of many sockets can be read or written.</summary>
internal static class Epoll
{
    /// <summary>EPOLLIN.</summary>
    public const uint Readable = 0x001;

    /// <summary>EPOLLOUT.</summary>
    public const uint Writable = 0x004;

    /// <summary>EPOLLERR, EPOLLHUP and EPOLLRDHUP: there is an end or an error to be read.</summary>
    public const uint Ended = 0x008 | 0x010 | 0x2000;

    private const uint RemoteHangUp = 0x2000;
    private const uint EdgeTriggered = 1u << 31;
    private const int Add = 1;
    private const int CloseOnExec = 0x80000;
    private const int InterruptedError = 4;

    /// <summary>x86-64 has the members of <c>struct epoll_event</c> next to each other (linux/eventpoll.h), the others have them aligned.</summary>
    private static readonly int DataAt = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;

    /// <summary>Bytes of one event in what <see cref="Wait"/> fills.</summary>
    public static int EventSize => DataAt + sizeof(long);

    /// <exception cref="Win32Exception">The system has no more.</exception>
    public static SafeFileHandle Create()
    {
        var created = Create(CloseOnExec);
        return created.IsInvalid ? throw new Win32Exception(Marshal.GetLastPInvokeError()) : created;
    }

    /// <summary>Has events of a socket reported from now on, each once, and at once what holds already; until the socket is closed.</summary>
    /// <param name="data">Comes with each event.</param>
    /// <exception cref="Win32Exception">The system watches no more.</exception>
    public static void Watch(SafeFileHandle epoll, SafeHandle socket, long data)
    {
        Span<byte> wanted = stackalloc byte[EventSize];
        MemoryMarshal.Write(wanted, Readable | Writable | RemoteHangUp | EdgeTriggered);
        MemoryMarshal.Write(wanted[DataAt..], data);
        if (Control(epoll, Add, socket, ref MemoryMarshal.GetReference(wanted)) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Waits for events.</summary>
    /// <param name="events">Filled with events of <see cref="EventSize"/> bytes each.</param>
    /// <returns>How many there are; 0 where a signal came between.</returns>
    /// <exception cref="Win32Exception">The handle is none.</exception>
    public static int Wait(SafeFileHandle epoll, Span<byte> events)
    {
        var count = WaitForEvents(epoll, ref MemoryMarshal.GetReference(events), events.Length / EventSize, -1);
        if (count < 0 && Marshal.GetLastPInvokeError() is var error && error != InterruptedError)
        {
            throw new Win32Exception(error);
        }

        return Math.Max(count, 0);
    }

    /// <summary>The event at a place in what <see cref="Wait"/> filled.</summary>
    public static (uint Events, long Data) Read(ReadOnlySpan<byte> events, int place)
    {
        var one = events.Slice(place * EventSize, EventSize);
        return (MemoryMarshal.Read<uint>(one), MemoryMarshal.Read<long>(one[DataAt..]));
    }

    [DllImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static extern SafeFileHandle Create(int flags);

    [DllImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static extern int Control(SafeFileHandle epoll, int operation, SafeHandle socket, ref byte wanted);

    [DllImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static extern int WaitForEvents(SafeFileHandle epoll, ref byte events, int count, int milliseconds);
}
