using System.Runtime.CompilerServices;

namespace ReleaseServer.Pipeline;

/// <summary>Leaves the threads of sockets, on which requests run where completions are inline: nothing may hold those up.</summary>
internal static class PoolThread
{
    /// <summary>Whether this thread may be held up.</summary>
    public static bool IsThis => Thread.CurrentThread.IsThreadPoolThread;

    /// <summary>Goes on with a thread of the pool; at once where this is one.</summary>
    public static ConfiguredTaskAwaitable EnterAsync() =>
        Task.CompletedTask.ConfigureAwait(IsThis ? ConfigureAwaitOptions.None : ConfigureAwaitOptions.ForceYielding);

    /// <summary>Goes on with a thread of the pool, and lets the caller go on with its own.</summary>
    public static ConfiguredTaskAwaitable LeaveCallerAsync() => Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
}
