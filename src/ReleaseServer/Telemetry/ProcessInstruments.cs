using System.Diagnostics;
using System.Globalization;
using System.Reflection;

namespace ReleaseServer.Telemetry;

/// <summary>The process and its runtime: processor, memory, garbage collection, threads.</summary>
internal static class ProcessInstruments
{
    /// <summary>Version of this program with the first digits of its commit where the build knew it: <c>1.2.3+0a1b2c3d</c>.</summary>
    public static string Version { get; } =
        typeof(ProcessInstruments).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>The first digits of the commit; <c>unknown</c> where the build did not know it.</summary>
    public static string Commit { get; } = Version.Split('+') is [_, var digits] ? digits : "unknown";

    public static void Register(ServerMetrics metrics)
    {
        // Beside it the commit, which changes where the version has been forgotten.
        var version = Version.Split('+')[0];
        metrics.Gauge("releaseserver.build_info", "", "Always 1; its labels say which program runs", () => [ServerMetrics.Value(1.0, ("version", version), ("commit", Commit))]);

        var started = StartTime();
        metrics.Gauge("process.start_time", "s", "Start of the process, in seconds since 1970", () => started);
        metrics.Counter("process.cpu", "s", "Processor time of the process, user and system", static () => Environment.CpuUsage.TotalTime.TotalSeconds);
        metrics.Gauge("process.resident_memory", "By", "Resident memory of the process", static () => Environment.WorkingSet);
        metrics.Gauge("process.open_fds", "{file}", "Open file descriptors, sockets included", static () => CountFileDescriptors());

        metrics.Gauge("dotnet.gc.heap", "By", "Memory of the managed heap after the last collection, fragments included", static () => GC.GetGCMemoryInfo().HeapSizeBytes);
        metrics.Gauge("dotnet.gc.committed", "By", "Memory committed for the managed heap", static () => GC.GetGCMemoryInfo().TotalCommittedBytes);
        metrics.Counter("dotnet.gc.allocated", "By", "Bytes allocated on the managed heap since the start", static () => GC.GetTotalAllocatedBytes());
        metrics.Counter("dotnet.gc.pause", "s", "Time for which collections have stopped all threads", static () => GC.GetTotalPauseDuration().TotalSeconds);
        metrics.Counter("dotnet.gc.collections", "{collection}", "Collections by generation", static () => Enumerable.Range(0, GC.MaxGeneration + 1)
            .Select(static generation => ServerMetrics.Value(
                (long)GC.CollectionCount(generation), "generation", generation.ToString(CultureInfo.InvariantCulture))));
        metrics.Gauge("dotnet.threadpool.threads", "{thread}", "Threads of the pool", static () => ThreadPool.ThreadCount);
        metrics.Gauge("dotnet.threadpool.queue", "{item}", "Work that waits for a thread of the pool", static () => ThreadPool.PendingWorkItemCount);
    }

    private static double StartTime()
    {
        using var process = Process.GetCurrentProcess();
        return new DateTimeOffset(process.StartTime.ToUniversalTime()).ToUnixTimeMilliseconds() / 1000.0;
    }

    private static double CountFileDescriptors()
    {
        try
        {
            return Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // No procfs: a count that is not known is not a count of zero.
            return double.NaN;
        }
    }
}
