namespace ReleaseServer.Testing.Buckets;

/// <summary>Content that no coding shortens.</summary>
internal static class Noise
{
    /// <summary>The same bytes in each run (xorshift32).</summary>
    public static byte[] Of(int length)
    {
        var noise = new byte[length];
        var state = 2463534242u;
        for (var index = 0; index < length; index++)
        {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            noise[index] = (byte)state;
        }

        return noise;
    }
}
