using System.Security.Cryptography;

namespace ReleaseServer.Testing.S3;

/// <summary>An object of <see cref="S3Stub"/>: bytes in memory, or a length alone, whose bytes are made while they are sent.</summary>
internal sealed record StubObject
{
    private const int PatternLength = 251;

    // Prime, so that a shifted block does not look right; twice, so that any start has a whole period behind it.
    private static readonly byte[] Pattern = [.. Enumerable.Range(0, (64 * 1024) + PatternLength).Select(static i => (byte)(i % PatternLength))];

    private StubObject(byte[]? content, long length, string entityTag)
    {
        Content = content;
        Length = length;
        EntityTag = entityTag;
    }

    public byte[]? Content { get; }

    public long Length { get; }

    /// <summary>As sent. 32 hexadecimal digits, but no MD5: what encrypted objects have.</summary>
    public string EntityTag { get; init; }

    public DateTimeOffset LastModified { get; init; } = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    /// <summary>Fields to send with the object, <c>Content-Type</c> and <c>x-amz-meta-*</c> among them.</summary>
    public IReadOnlyDictionary<string, string> Fields { get; init; } = new Dictionary<string, string>();

    public static StubObject Of(byte[] content) =>
        new(content, content.Length, $"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 16))}\"");

    /// <summary>An object too big for memory; byte n is n modulo 251.</summary>
    public static StubObject Virtual(long length) => new(null, length, $"\"{length:x32}\"");

    /// <summary>Bytes from <paramref name="position"/> on, at most <paramref name="count"/> and as many as are at hand.</summary>
    public ReadOnlyMemory<byte> Slice(long position, long count) =>
        Content is { } content
            ? content.AsMemory((int)position, (int)count)
            : Pattern.AsMemory((int)(position % PatternLength), (int)Math.Min(count, 64 * 1024));
}
