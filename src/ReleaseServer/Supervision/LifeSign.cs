namespace ReleaseServer.Supervision;

/// <summary>Something that a process which lives can do, and a wedged one cannot.</summary>
/// <param name="Name">For the log, such as <c>the thread pool</c>.</param>
/// <param name="ProveAsync">Ends when it is done, and fails where it cannot be.</param>
internal sealed record LifeSign(string Name, Func<CancellationToken, Task> ProveAsync)
{
    /// <summary>That the thread pool takes work, from outside and behind what waits already.</summary>
    public static LifeSign OfThreadPool { get; } = new("the thread pool", static async cancellationToken =>
    {
        var run = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ThreadPool.UnsafeQueueUserWorkItem(static run => run.SetResult(), run, preferLocal: false);
        await run.Task.WaitAsync(cancellationToken);
    });
}
