using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Caching;

/// <summary>
/// Brings one version of one object from the bucket into the cache, once, however many read it meanwhile. Readers follow the bytes as they
/// come. Who begins further on gets bytes from there at once, by a second read of the bucket that ends where bytes are already; so each byte
/// is read once. The last block is not shown to whoever reads the whole until all of it was checked. Safe for concurrent use.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A token source without a timer holds nothing, and runs look at it after the end")]
internal sealed class Fill
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
    private readonly List<Run> _runs = [];
    private readonly bool _isHeldWhole;
    private readonly Func<Fill, string?>? _accept;
    private TaskCompletionSource _pulse = NewPulse();
    private Exception? _failure;
    private bool _isComplete;
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

    /// <summary>What went wrong; null while nothing has.</summary>
    public Exception? Failure => Volatile.Read(ref _failure);

    /// <summary>Digest of the whole, once complete, where it was wanted.</summary>
    public string? Sha256 => _check.Sha256;

    /// <summary><see cref="CacheSlot.Purges"/> when the bucket vouched for this version last. Under the lock of the slot.</summary>
    public int Purges { get; set; }

    /// <summary>Whether nothing of it may be kept.</summary>
    public bool IsUnwanted { get; set; }

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
            if (_readers > 0 || _isComplete || _failure is not null || IsWorthFinishing())
            {
                return;
            }
        }

        Fail(new OperationCanceledException($"Nobody reads {Key} any more"));
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
                if (_failure is { } failure)
                {
                    throw Retell(failure);
                }

                var until = Math.Min(_there.EndFrom(position), end);
                if ((isWhole || _isHeldWhole) && !_isComplete)
                {
                    until = Math.Min(until, _isHeldWhole ? 0 : Metadata.Length - HeldBack);
                }

                if (until > position)
                {
                    buffer = buffer[..(int)Math.Min(buffer.Length, until - position)];
                    break;
                }

                if (!_isComplete && _there.EndFrom(position) == position)
                {
                    SeeThatItComes(position, end);
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
            if (_isComplete || _failure is not null)
            {
                return;
            }

            _failure = exception;
        }

        _onEnd(this);
        _completion.TrySetException(exception);
        _stop.Cancel();
        Pulse();
        lock (_checking)
        {
            _check.Dispose();
        }
    }

    private static TaskCompletionSource NewPulse() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    // One exception object thrown to many readers at once would gather all their stack traces.
    private Exception Retell(Exception failure) => failure switch
    {
        RepresentationChangedException => new RepresentationChangedException(Key),
        _ => new BucketUnavailableException(failure.Message, failure),
    };

    private bool IsWorthFinishing() => !IsUnwanted && Metadata.Length - _there.Count() <= WorthFinishing;

    private void SeeThatItComes(long position, long end)
    {
        foreach (var run in _runs)
        {
            if (run.Position <= position && position - run.Position <= Near && position < run.End)
            {
                return;
            }
        }

        if (_runs.Count < MostRuns)
        {
            Start(new Run(position, IsWorthFinishing() ? Boundary(position) : Math.Min(end, Boundary(position))));
        }
    }

    // A run ends where bytes are, or where another run is going to bring them.
    private long Boundary(long position)
    {
        var boundary = _there.NextStart(position, Metadata.Length);
        foreach (var run in _runs)
        {
            if (run.Position > position)
            {
                boundary = Math.Min(boundary, run.Position);
            }
        }

        return boundary;
    }

    private void Start(Run run, Representation? opened = null, FillGate.Turn? turn = null)
    {
        _runs.Add(run);
        _ = RunAsync(run, opened, turn);
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever goes wrong is told to the readers, who throw it")]
    private async Task RunAsync(Run run, Representation? opened, FillGate.Turn? turn)
    {
        // Not on the thread of the reader, nor under its lock.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            using (turn ??= await _gate.EnterAsync(ReadKind.Body, _stop.Token))
            {
                await using (opened ??= await OpenAsync(run))
                {
                    await CopyAsync(run, opened.Body);
                }
            }

            EndRun(run);
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
    }

    private async ValueTask<Representation> OpenAsync(Run run)
    {
        var isWhole = run.Position == 0 && run.End == Metadata.Length;
        ByteRange? range = isWhole ? null : new ByteRange(run.Position, run.End - 1);
        var opened = await _bucket.OpenAsync(Key, range, Metadata.EntityTag, _stop.Token) ?? throw new RepresentationChangedException(Key);
        if (opened.Metadata.Length == Metadata.Length)
        {
            return opened;
        }

        await opened.DisposeAsync();
        throw new RepresentationChangedException(Key);
    }

    private async Task CopyAsync(Run run, Stream source)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            while (true)
            {
                int wanted;
                lock (_lock)
                {
                    run.End = Math.Min(run.End, Boundary(run.Position));
                    wanted = (int)Math.Min(buffer.Length, run.End - run.Position);
                }

                if (wanted <= 0)
                {
                    return;
                }

                // Many small reads at once are one write and one pulse: each pulse wakes every reader.
                var filled = 0;
                while (filled < wanted)
                {
                    var reading = source.ReadAsync(buffer.AsMemory(filled, wanted - filled), _stop.Token);
                    if (!reading.IsCompleted && filled > 0)
                    {
                        Take(run, buffer.AsSpan(0, filled));
                        wanted -= filled;
                        var count = await reading;
                        buffer.AsSpan(filled, count).CopyTo(buffer);
                        filled = Counted(count);
                        await LeaveSocketThreadAsync();
                    }
                    else
                    {
                        filled += Counted(await reading);
                        await LeaveSocketThreadAsync();
                    }
                }

                Take(run, buffer.AsSpan(0, filled));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private int Counted(int count) => count > 0 ? count : throw new BucketUnavailableException($"{Key} ended early");

    // Where completions run inline, what follows a read runs on a thread that all sockets need, and writing to a disk may take its time.
    private static Task LeaveSocketThreadAsync() => Thread.CurrentThread.IsThreadPoolThread ? Task.CompletedTask : YieldAsync();

    private static async Task YieldAsync() => await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);

    private void Take(Run run, ReadOnlySpan<byte> bytes)
    {
        _body.Write(run.Position, bytes);
        lock (_checking)
        {
            if (_check.Position == run.Position)
            {
                _check.Append(bytes);
            }
        }

        lock (_lock)
        {
            _there.Add(run.Position, run.Position + bytes.Length);
            run.Position += bytes.Length;
        }

        CheckWhatIsThere();
        Pulse();
    }

    // What another run brought before its turn in the order is read back.
    private void CheckWhatIsThere()
    {
        lock (_checking)
        {
            while (true)
            {
                long until;
                lock (_lock)
                {
                    until = _there.EndFrom(_check.Position);
                }

                if (until == _check.Position)
                {
                    break;
                }

                ReadBack(until);
            }

            if (_check.Position < Metadata.Length || _isComplete)
            {
                return;
            }
        }

        Complete();
    }

    private void ReadBack(long until)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            while (_check.Position < until)
            {
                var read = _body.Read(_check.Position, buffer.AsSpan(0, (int)Math.Min(buffer.Length, until - _check.Position)));
                if (read == 0)
                {
                    throw new IOException($"{Key} lost bytes in the cache");
                }

                _check.Append(buffer.AsSpan(0, read));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Complete()
    {
        lock (_checking)
        {
            lock (_lock)
            {
                if (_isComplete || _failure is not null)
                {
                    return;
                }
            }

            if ((_check.Finish() ?? _accept?.Invoke(this)) is { } fault)
            {
                throw new BucketUnavailableException($"{_bucket.Description} {fault} ({Key})");
            }

            lock (_lock)
            {
                _isComplete = true;
            }
        }

        _onEnd(this);
        _completion.TrySetResult();
        _check.Dispose();
    }

    private void EndRun(Run run)
    {
        lock (_lock)
        {
            _runs.Remove(run);
            if (!_isComplete && _failure is null && _runs.Count == 0 && IsWorthFinishing() && FirstGap() is var gap && gap < Metadata.Length)
            {
                Start(new Run(gap, Boundary(gap)));
            }
        }

        // Who waits for bytes that no run brings any more looks again, and begins one.
        Pulse();
        if (Metadata.Length == 0)
        {
            Complete();
            Pulse();
        }
    }

    private long FirstGap() => _there.EndFrom(0);

    private void Pulse()
    {
        TaskCompletionSource pulse;
        lock (_lock)
        {
            pulse = _pulse;
            _pulse = NewPulse();
        }

        pulse.TrySetResult();
    }

    /// <summary>One read of the bucket: what it brings next, and where it ends.</summary>
    private sealed class Run(long position, long end)
    {
        public long Position { get; set; } = position;

        public long End { get; set; } = end;
    }
}
