namespace ReleaseServer.Tests.Http;

internal static class Allocations
{
    /// <summary>Bytes allocated by the second call; the first pays for the JIT.</summary>
    public static long Of(Action action)
    {
        action();
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
