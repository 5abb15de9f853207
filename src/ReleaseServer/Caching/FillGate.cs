using ReleaseServer.Buckets;

namespace ReleaseServer.Caching;

/// <summary>What a read of the bucket is for. Each kind has a queue of its own, and they take turns.</summary>
internal enum ReadKind
{
    Metadata,
    Body,
    Listing,
}

/// <summary>
/// Lets so many reads of the bucket go on at once, makes so many more wait, and refuses the rest: a server that promises everything answers
/// nobody. Hits never come here. Safe for concurrent use.
/// </summary>
/// <param name="most">Reads at once.</param>
/// <param name="mostWaiting">Reads that may wait for their turn.</param>
internal sealed class FillGate(int most, int mostWaiting)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<TaskCompletionSource>[] _waiting = [new(), new(), new()];
    private int _running;
    private int _waitingCount;
    private int _turn;

    /// <summary>Waits for a turn; whoever gets it ends it by disposing it.</summary>
    /// <exception cref="BucketOverloadedException">Too many wait already.</exception>
    public async ValueTask<Turn> EnterAsync(ReadKind kind, CancellationToken cancellationToken)
    {
        LinkedListNode<TaskCompletionSource> place;
        lock (_lock)
        {
            if (_running < most)
            {
                _running++;
                return new Turn(this);
            }

            if (_waitingCount >= mostWaiting)
            {
                throw new BucketOverloadedException($"{_running} reads of the bucket are under way and {_waitingCount} more wait");
            }

            _waitingCount++;
            place = _waiting[(int)kind].AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        try
        {
            await place.Value.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            GiveUp(place);
            throw;
        }

        return new Turn(this);
    }

    private void Leave()
    {
        TaskCompletionSource? next;
        lock (_lock)
        {
            next = TakeNext();
            if (next is null)
            {
                _running--;
            }
        }

        next?.SetResult();
    }

    private void GiveUp(LinkedListNode<TaskCompletionSource> place)
    {
        lock (_lock)
        {
            if (place.List is { } queue)
            {
                queue.Remove(place);
                _waitingCount--;
                return;
            }
        }

        // The turn came in the same moment.
        Leave();
    }

    private TaskCompletionSource? TakeNext()
    {
        for (var i = 0; i < _waiting.Length && _waitingCount > 0; i++)
        {
            _turn = (_turn + 1) % _waiting.Length;
            if (_waiting[_turn].First is { } first)
            {
                _waiting[_turn].RemoveFirst();
                _waitingCount--;
                return first.Value;
            }
        }

        return null;
    }

    /// <summary>The right to read the bucket. Disposing it twice is once.</summary>
    internal sealed class Turn(FillGate gate) : IDisposable
    {
        private FillGate? _gate = gate;

        /// <summary>Passes the right on: disposing this one does nothing any more.</summary>
        public Turn HandOver() => new(Interlocked.Exchange(ref _gate, null) ?? throw new InvalidOperationException("The turn is over"));

        public void Dispose() => Interlocked.Exchange(ref _gate, null)?.Leave();
    }
}
