namespace ReleaseServer.Commands;

/// <summary>Reports at once; <see cref="Progress{T}"/> posts to the thread pool, where a report may come after the line was cleared.</summary>
internal sealed class ImmediateProgress<T>(Action<T> show) : IProgress<T>
{
    public void Report(T value) => show(value);
}
