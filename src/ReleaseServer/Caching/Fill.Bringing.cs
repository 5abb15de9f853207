using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Transport;

namespace ReleaseServer.Caching;

// How the bytes come, and how it ends.
internal sealed partial class Fill
{
    private bool IsWorthFinishing() => !IsUnwanted && Metadata.Length - _there.Count() <= WorthFinishing;

    private bool IsOver => _isVerified || _failure is not null;

    // Under the lock. Nobody reads it: is it given up? Decided in the same moment, so that no reader comes in between.
    private bool TryGiveUp()
    {
        if (_readers > 0 || IsOver || IsWorthFinishing())
        {
            return false;
        }

        _failure = new OperationCanceledException($"Nobody reads {Key} any more");
        return true;
    }

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
        await EventThread.LeaveCaller();
        try
        {
            using (turn ??= await _gate.EnterAsync(ReadKind.Body, _stop.Token))
            {
                await BringAsync(run, opened);
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
            if (run.IsElsewhere)
            {
                _elsewhere.Add(run.Position, run.Position + bytes.Length);
            }

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

            if (_check.Position < Metadata.Length)
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
        string? fault;
        lock (_checking)
        {
            lock (_lock)
            {
                if (IsOver)
                {
                    return;
                }
            }

            fault = _check.Finish() ?? _accept?.Invoke(this);
            lock (_lock)
            {
                if (IsOver)
                {
                    return;
                }

                _isVerified = fault is null;
                _failure = fault is null ? null : Wrong(fault);
            }

            _check.Dispose();
        }

        // Not thrown: whoever brought the last bytes would take it for a body that broke.
        if (fault is not null)
        {
            EndFailed();
            return;
        }

        try
        {
            _onEnd(this);
        }
        finally
        {
            _completion.TrySetResult();
            TellReaders();
        }
    }

    private void EndFailed()
    {
        try
        {
            _onEnd(this);
        }
        finally
        {
            _completion.TrySetException(_failure!);
            TellReaders();
            _stop.Cancel();
            lock (_checking)
            {
                _check.Dispose();
            }
        }
    }

    private void EndRun(Run run)
    {
        var isGivenUp = false;
        lock (_lock)
        {
            _runs.Remove(run);
            if (!IsOver && _runs.Count == 0 && FirstGap() is var gap && gap < Metadata.Length)
            {
                isGivenUp = TryGiveUp();
                if (!isGivenUp && IsWorthFinishing())
                {
                    Start(new Run(gap, Boundary(gap)));
                }
            }
        }

        if (isGivenUp)
        {
            EndFailed();
            return;
        }

        if (Metadata.Length == 0)
        {
            Complete();
        }

        // Who waits for bytes that no run brings any more looks again, and begins one.
        Pulse();
    }

    // Last, so that whoever has read it all, or has failed, and asks again finds what became of it.
    private void TellReaders()
    {
        lock (_lock)
        {
            _isEnded = true;
        }

        Pulse();
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

        /// <summary>Whether it does not come from the bucket any more.</summary>
        public bool IsElsewhere { get; set; }
    }
}
