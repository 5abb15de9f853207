namespace ReleaseServer.Http;

/// <summary>A run of bytes of a representation, both ends inclusive and inside it (RFC 9110 §14.1.2).</summary>
internal readonly record struct ByteRange(long First, long Last)
{
    /// <summary>How many bytes, at least 1.</summary>
    public long Length => Last - First + 1;
}
