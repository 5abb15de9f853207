using System.Globalization;

namespace ReleaseServer.Load.Processes;

/// <summary>What the kernel says of a server's processes: the one that was started, and its children (the workers of nginx).</summary>
internal sealed class ProcessFigures
{
    // The unit of /proc/PID/stat, 100 on every architecture that .NET runs on (sysconf(_SC_CLK_TCK)).
    private const double TicksPerSecond = 100;

    // Places in /proc/PID/stat behind the name (proc(5) counts from 1, and the name is 2).
    private const int ParentPlace = 4 - 3;
    private const int UserTimePlace = 14 - 3;
    private const int SystemTimePlace = 15 - 3;
    private const int StartTimePlace = 22 - 3;

    private readonly int[] _processes;

    public ProcessFigures(int process) => _processes = [process, .. Directory.EnumerateDirectories("/proc")
        .Select(static path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
        .Where(id => id > 0 && ReadStat(id) is { } stat && Number(stat, ParentPlace) == process)];

    /// <summary>User and system time so far, in seconds.</summary>
    public double CpuSeconds() =>
        _processes.Sum(static id => ReadStat(id) is { } stat ? Number(stat, UserTimePlace) + Number(stat, SystemTimePlace) : 0) / TicksPerSecond;

    /// <summary>Memory that belongs to no file: heaps, stacks and the like.</summary>
    public long AnonymousBytes() => _processes.Sum(static id => ReadAnonymous(id));

    /// <summary>In ticks since the machine started: tells a process from a later one with the same id.</summary>
    public static long StartTimeOf(int process) => ReadStat(process) is { } stat ? Number(stat, StartTimePlace) : 0;

    private static string[]? ReadStat(int process)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{process.ToString(CultureInfo.InvariantCulture)}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static long Number(string[] stat, int place) => long.Parse(stat[place], CultureInfo.InvariantCulture);

    // 0 for one that has ended, as the process of nginx does that looks through the cache a minute after the start.
    private static long ReadAnonymous(int process)
    {
        const string Field = "Anonymous:";
        try
        {
            var line = File.ReadLines($"/proc/{process.ToString(CultureInfo.InvariantCulture)}/smaps_rollup")
                .FirstOrDefault(static line => line.StartsWith(Field, StringComparison.Ordinal));
            return line is null ? 0 : 1024 * long.Parse(line[Field.Length..^"kB".Length].Trim(), CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
