using System.Buffers;

namespace ReleaseServer.Transport;

/// <summary>One block of received bytes, in the chain that <see cref="LendingReader"/> hands out.</summary>
internal sealed class ReceivedBlock : ReadOnlySequenceSegment<byte>
{
    private IMemoryOwner<byte>? _owner;

    /// <summary>Bytes received into it.</summary>
    public int Length => Memory.Length;

    public ReceivedBlock? NextBlock => (ReceivedBlock?)Next;

    /// <summary>What has not been received into yet.</summary>
    public Memory<byte> Room => _owner!.Memory[Memory.Length..];

    public void Rent(MemoryPool<byte> pool) => _owner ??= pool.Rent();

    public void Append(ReceivedBlock next)
    {
        next.RunningIndex = RunningIndex + Memory.Length;
        Next = next;
    }

    public void Advance(int count) => Memory = _owner!.Memory[..(Memory.Length + count)];

    /// <summary>Forgets the bytes and keeps the room.</summary>
    public void Empty()
    {
        Memory = default;
        Next = null;
        RunningIndex = 0;
    }

    /// <summary>Gives the room back.</summary>
    public void Return()
    {
        _owner?.Dispose();
        _owner = null;
    }
}
