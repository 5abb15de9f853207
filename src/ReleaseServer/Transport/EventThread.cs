using System.Runtime.CompilerServices;

namespace ReleaseServer.Transport;

/// <summary>
/// With inline completions, requests run on the few threads that wait for the events of all sockets (<see cref="EventLoop"/>). Work that takes a millisecond or may
/// wait for a disk leaves such a thread first: <c>await EventThread.Leave();</c>
/// </summary>
internal static class EventThread
{
    /// <summary>Goes on in the thread pool; at once where that is so already.</summary>
    public static Departure Leave() => default;

    /// <summary>Whether this thread may be held up.</summary>
    public static bool IsElsewhere => Thread.CurrentThread.IsThreadPoolThread;

    /// <summary>Goes on in the thread pool, and lets the caller go on with its own thread at once.</summary>
    public static ConfiguredTaskAwaitable LeaveCaller() => Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);

    internal readonly struct Departure : ICriticalNotifyCompletion
    {
        public bool IsCompleted => Thread.CurrentThread.IsThreadPoolThread;

        public Departure GetAwaiter() => this;

        public void GetResult()
        {
        }

        public void OnCompleted(Action continuation) => ThreadPool.QueueUserWorkItem(static next => next(), continuation, preferLocal: false);

        public void UnsafeOnCompleted(Action continuation) =>
            ThreadPool.UnsafeQueueUserWorkItem(static next => next(), continuation, preferLocal: false);
    }
}
