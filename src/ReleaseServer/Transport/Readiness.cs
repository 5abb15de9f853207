using System.Threading.Tasks.Sources;

namespace ReleaseServer.Transport;

/// <summary>Waits until a socket can be read, or written: one waiter, and one who tells. Allocates nothing for it.</summary>
/// <remarks>
/// The system tells of each change once. So whoever wants to read calls <see cref="Clear"/> first, then tries, and waits only if there was
/// nothing: what is told meanwhile ends the wait at once. To be told for nothing costs one more try.
/// </remarks>
internal sealed class Readiness : IValueTaskSource
{
    private const int Unknown = 0;
    private const int Awaited = 1;
    private const int Told = 2;

    private ManualResetValueTaskSourceCore<bool> _wait;
    private int _state;

    /// <param name="inline">Whether the waiter goes on within <see cref="Tell"/>, or in the thread pool.</param>
    public Readiness(bool inline) => _wait.RunContinuationsAsynchronously = !inline;

    public void Clear() => Volatile.Write(ref _state, Unknown);

    public ValueTask WaitAsync()
    {
        _wait.Reset();
        return Interlocked.CompareExchange(ref _state, Awaited, Unknown) == Unknown ? new ValueTask(this, _wait.Version) : default;
    }

    public void Tell()
    {
        if (Interlocked.Exchange(ref _state, Told) == Awaited)
        {
            _wait.SetResult(true);
        }
    }

    void IValueTaskSource.GetResult(short token) => _wait.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _wait.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait.OnCompleted(continuation, state, token, flags);
}
