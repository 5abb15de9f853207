using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ReleaseServer.Transport;

/// <summary>Whether bytes of a file are in memory, so that sendfile(2) sends them without waiting for the disk.</summary>
internal static class PageCache
{
    /// <summary>
    /// One byte of each so many is asked for: they come and go in runs of about that size (read-ahead reads 128 KB). Nine calls for a
    /// megabyte take 3 µs; reading all of it would take longer than sending it.
    /// </summary>
    private const int Step = 128 * 1024;

    /// <summary>RWF_NOWAIT (linux/fs.h): fail rather than wait.</summary>
    private const int NoWait = 8;

    // Pinned, and written by anyone at any time: nobody reads it.
    private static readonly byte[] Sink = GC.AllocateUninitializedArray<byte>(1, pinned: true);
    private static readonly IoVector SinkVector = new(Marshal.UnsafeAddrOfPinnedArrayElement(Sink, 0), 1);
    private static readonly bool CanAsk = OperatingSystem.IsLinux() && NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "preadv2", out _);

    /// <returns>False also where it cannot be told, as on file systems that do not know the question.</returns>
    public static bool Holds(SafeFileHandle file, long offset, int count)
    {
        if (!CanAsk)
        {
            return false;
        }

        var end = offset + count;
        for (var at = offset; at < end; at += Step)
        {
            if (ReadOne(file, at) != 1)
            {
                return false;
            }
        }

        return ReadOne(file, end - 1) == 1;
    }

    /// <summary>Brings a region in, waiting for the disk; not for threads that handle events.</summary>
    public static void Load(SafeFileHandle file, long offset, int count)
    {
        var scratch = ArrayPool<byte>.Shared.Rent(Step);
        try
        {
            for (var end = offset + count; offset < end;)
            {
                var read = RandomAccess.Read(file, scratch.AsSpan(0, (int)Math.Min(scratch.Length, end - offset)), offset);
                if (read == 0)
                {
                    return;
                }

                offset += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    private static nint ReadOne(SafeFileHandle file, long offset) => PRead(file, SinkVector, 1, offset, NoWait);

    [DllImport("libc", EntryPoint = "preadv2")]
    private static extern nint PRead(SafeFileHandle file, in IoVector vectors, int count, long offset, int flags);

    /// <summary><c>struct iovec</c></summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct IoVector(nint Start, nint Length);
}
