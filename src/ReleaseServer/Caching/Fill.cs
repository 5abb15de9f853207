using System.Diagnostics.CodeAnalysis;
using ReleaseServer.Buckets;
using ReleaseServer.Resilience;

namespace ReleaseServer.Caching;

/// <summary>
/// Brings one version of one object from the bucket into the cache, once, however many read it meanwhile. Readers follow the bytes as they
/// come. Who begins further on gets bytes from there at once, by a second read of the bucket that ends where bytes are already; so each byte
/// is read once. The last block is not shown to whoever reads the whole until all of it was checked. Safe for concurrent use.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A token source without a timer holds nothing, and runs look at it after the end")]
internal sealed partial class Fill
{
    /// <summary>Bytes of the end that wait for the check.</summary>
    private const int HeldBack = 64 * 1024;

    /// <summary>A reader waits for a read of the bucket that is this near; further on a new one is begun for it.</summary>
    private const int Near = 1 << 20;

    /// <summary>Reads of the bucket at once for one object; more readers far apart wait for one of them to end.</summary>
    private const int MostRuns = 8;

    /// <summary>Nobody is left to read, and no more than this is missing: it is brought to its end all the same.</summary>
    private const long WorthFinishing = 64 << 20;

    private const int BufferBytes = 128 * 1024;

    private readonly Lock _lock = new();
    private readonly Lock _checking = new();
    private readonly IBucket _bucket;
    private readonly FillGate _gate;
    private readonly FillBody _body;
    private readonly ContentCheck _check;
    private readonly Action<Fill> _onEnd;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ExtentSet _there = new();
    private readonly ExtentSet _elsewhere = new();
    private readonly List<Run> _runs = [];
    private readonly bool _isHeldWhole;
    private readonly Func<Fill, string?>? _accept;
    private TaskCompletionSource _pulse = NewPulse();
    private Exception? _failure;
    private bool _isVerified;
    private bool _isEnded;
    private int _readers;

    /// <param name="metadata">Of the version that is brought.</param>
    /// <param name="check">Disposed by the fill.</param>
    /// <param name="accept">Says of the whole what is wrong with it, null for nothing; where given, nothing at all is shown before.</param>
    /// <param name="onEnd">Called once, when all is there and checked or when the fill has failed, before any reader learns of it.</param>
    public Fill(
        IBucket bucket,
        FillGate gate,
        AssetKey key,
        RepresentationMetadata metadata,
        FillBody body,
        ContentCheck check,
        Func<Fill, string?>? accept,
        Action<Fill> onEnd)
    {
        (_bucket, _gate, Key, Metadata, _body, _check, _accept, _onEnd) = (bucket, gate, key, metadata, body, check, accept, onEnd);
        _isHeldWhole = accept is not null;
        _completion.Task.ContinueWith(static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    public AssetKey Key { get; }

    public RepresentationMetadata Metadata { get; }

    public FillBody Body => _body;

    /// <summary>Done when all is there and checked; else faulted with what went wrong.</summary>
    public Task Completion => _completion.Task;

    /// <summary>Whether nothing at all is shown until all of it was accepted.</summary>
    public bool IsHeldWhole => _isHeldWhole;

    /// <summary>What went wrong; null while nothing has.</summary>
    public Exception? Failure => Volatile.Read(ref _failure);

    /// <summary>Digest of the whole, once complete, where it was wanted.</summary>
    public string? Sha256 => _check.Sha256;

    /// <summary><see cref="CacheSlot.Purges"/> when the bucket vouched for this version last. Under the lock of the slot.</summary>
    public int Purges { get; set; }

    /// <summary>Who goes on where the bucket does not; null for nobody.</summary>
    public IRestSource? Rest { get; init; }

    /// <summary>Whether nothing of it may be kept.</summary>
    public bool IsUnwanted { get; private set; }

    /// <summary>Counts one more reader; false when the fill has failed or was given up.</summary>
    public bool TryAttach()
    {
        lock (_lock)
        {
            if (_failure is not null)
            {
                return false;
            }

            _readers++;
            return true;
        }
    }

    /// <summary>A reader leaves. The last one takes with it a fill that has far to go; another goes on without readers.</summary>
    public void Detach()
    {
        lock (_lock)
        {
            _readers--;
            if (!TryGiveUp())
            {
                return;
            }
        }

        EndFailed();
    }

    /// <summary>Nobody new gets it, and nothing of it is kept. Who reads it reads on; without readers it ends.</summary>
    /// <remarks>Not under the lock of the slot.</remarks>
    public void Discard()
    {
        lock (_lock)
        {
            IsUnwanted = true;
            if (!TryGiveUp())
            {
                return;
            }
        }

        EndFailed();
    }

    /// <summary>Done, and never faulted, when the fill has ended either way and whoever looks finds what became of it.</summary>
    public async Task WaitForEndAsync(CancellationToken cancellationToken)
    {
        await ((Task)_completion.Task.WaitAsync(cancellationToken)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Begins with a body that is open already, from its first byte.</summary>
    /// <param name="opened">Disposed by the fill.</param>
    /// <param name="turn">Of the read that opened it; ended by the fill.</param>
    public void Begin(Representation opened, FillGate.Turn turn)
    {
        lock (_lock)
        {
            Start(new Run(0, Metadata.Length), opened, turn);
        }
    }

    /// <summary>Reads bytes as soon as some are there.</summary>
    /// <param name="position">Inside the object.</param>
    /// <param name="end">Where this reader will stop.</param>
    /// <param name="isWhole">Whether this reader has all bytes from the first to the last.</param>
    /// <exception cref="BucketUnavailableException">The bucket failed, or sent other bytes than it said.</exception>
    /// <exception cref="RepresentationChangedException">The object was replaced.</exception>
    public async ValueTask<int> ReadAsync(long position, long end, bool isWhole, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task more;
            lock (_lock)
            {
                if (_isEnded && _failure is { } failure)
                {
                    throw Retell(failure);
                }

                if (_isEnded && position == end)
                {
                    return 0;
                }

                var shown = ShownUntil(position, end, isWhole);
                var until = _failure is null ? Math.Min(_there.EndFrom(position), shown) : position;
                if (until > position)
                {
                    buffer = buffer[..(int)Math.Min(buffer.Length, until - position)];
                    break;
                }

                // Who waits for the check waits for every byte, and some may be missing further on.
                var needsAll = !_isEnded && (isWhole || shown <= position);
                var missing = needsAll ? FirstGap() : position;
                if (!IsOver && missing < Metadata.Length)
                {
                    SeeThatItComes(missing, needsAll ? Metadata.Length : end);
                }

                more = _pulse.Task;
            }

            await more.WaitAsync(cancellationToken);
        }

        return _body.Read(position, buffer.Span);
    }

    /// <summary>Ends the fill: its readers get the exception, what came is dropped.</summary>
    public void Fail(Exception exception)
    {
        lock (_lock)
        {
            if (_isVerified || _failure is not null)
            {
                return;
            }

            _failure = exception;
        }

        EndFailed();
    }

    private static TaskCompletionSource NewPulse() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    // One exception object thrown to many readers at once would gather all their stack traces.
    private Exception Retell(Exception failure) => failure switch
    {
        RepresentationChangedException => new RepresentationChangedException(Key),
        BucketOverloadedException => new BucketOverloadedException(failure.Message),
        _ => new BucketUnavailableException(failure.Message, failure),
    };
}
