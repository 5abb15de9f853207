using ReleaseServer.Buckets;

namespace ReleaseServer.Resilience;

/// <summary>
/// Lets so many requests of one kind wait for one bucket; as many more wait for their turn, and the rest are refused at once. Nobody waits
/// long: each turn ends with its try, and a try ends in time. Safe for concurrent use.
/// </summary>
internal sealed class Bulkhead(int most, string what) : IDisposable
{
    private readonly SemaphoreSlim _free = new(most);
    private int _waiting;

    /// <summary>Whoever comes back from it calls <see cref="Leave"/>.</summary>
    /// <exception cref="BucketOverloadedException">Too many wait already.</exception>
    public ValueTask EnterAsync(CancellationToken cancellationToken) => _free.Wait(0, CancellationToken.None) ? default : WaitAsync(cancellationToken);

    public void Leave() => _free.Release();

    public void Dispose() => _free.Dispose();

    private async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _waiting) > most)
        {
            Interlocked.Decrement(ref _waiting);
            throw new BucketOverloadedException($"{most} {what} are asked for already, and as many more wait");
        }

        try
        {
            await _free.WaitAsync(cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }
}
