using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace ReleaseServer.Limits;

/// <summary>One client as limits count them: an IPv4 address, or the /64 network of an IPv6 one, of which a single customer has all addresses.</summary>
internal readonly record struct ClientAddress(UInt128 Bits)
{
    public static ClientAddress Of(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            // As IPv4 is written in IPv6, ::ffff:a.b.c.d; no network of 64 bits has bits there.
            address.TryWriteBytes(bytes[12..], out _);
            bytes[10..12].Fill(0xff);
        }
        else
        {
            address.TryWriteBytes(bytes, out _);
            bytes[8..].Clear();
        }

        return new ClientAddress(BinaryPrimitives.ReadUInt128BigEndian(bytes));
    }
}
