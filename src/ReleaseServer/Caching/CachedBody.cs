namespace ReleaseServer.Caching;

/// <summary>The bytes of one version of an object, in memory or in a file of this node. Safe for concurrent use.</summary>
internal abstract class CachedBody(long length)
{
    /// <summary>Bytes of the whole object.</summary>
    public long Length => length;

    /// <summary>Reads bytes that are known to be there. Blocks for as long as a disk takes: not for threads of sockets.</summary>
    /// <exception cref="IOException">The disk fails, or the file is gone.</exception>
    public abstract int Read(long position, Span<byte> buffer);

    /// <summary>Writes bytes, in any order, before anybody is told that they are there.</summary>
    /// <exception cref="IOException">The disk fails or is full.</exception>
    public abstract void Write(long position, ReadOnlySpan<byte> bytes);
}

/// <summary>A body in memory.</summary>
internal sealed class MemoryBody(byte[] bytes) : CachedBody(bytes.Length)
{
    public ReadOnlyMemory<byte> Bytes => bytes;

    public override int Read(long position, Span<byte> buffer)
    {
        var source = bytes.AsSpan((int)position);
        source = source[..Math.Min(source.Length, buffer.Length)];
        source.CopyTo(buffer);
        return source.Length;
    }

    public override void Write(long position, ReadOnlySpan<byte> source) => source.CopyTo(bytes.AsSpan((int)position));
}
