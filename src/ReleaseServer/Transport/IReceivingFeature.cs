using System.Buffers;

namespace ReleaseServer.Transport;

/// <summary>Sees, and may change, what a connection has received and its reader has not consumed, each time before the reader gets it.</summary>
internal delegate void ReceivedFilter(in ReadOnlySequence<byte> unread);

/// <summary>Takes a filter into the connection itself, which costs nothing, where a reader around its reader would cost each request.</summary>
internal interface IReceivingFeature
{
    void Use(ReceivedFilter filter);
}
