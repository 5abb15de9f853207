using System.Runtime.CompilerServices;
using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Resilience;

/// <summary>A body that goes on where it broke, with the same bytes or not at all.</summary>
internal sealed class ResumingStream : ForwardStream
{
    /// <summary>Bytes that are much progress: a long download may break now and then.</summary>
    private const long Progress = 1 << 20;

    private readonly ReplicatedBucket _bucket;
    private readonly BucketLane _home;
    private readonly AssetKey _key;
    private readonly RepresentationMetadata _metadata;
    private readonly long _first;
    private readonly long _length;
    private readonly int _mostBreaks;
    private Representation? _current;
    private BucketLane? _lane;
    private long _read;
    private long _readAtBreak;
    private int _breaks;

    /// <param name="home">The bucket that <paramref name="opened"/> is from.</param>
    /// <param name="opened">Disposed with this stream.</param>
    /// <param name="first">Where in the object it begins.</param>
    /// <param name="length">Bytes of the body.</param>
    /// <param name="mostBreaks">Times that it may break without much progress in between.</param>
    public ResumingStream(
        ReplicatedBucket bucket, BucketLane home, AssetKey key, Representation opened, long first, long length, int mostBreaks)
    {
        (_bucket, _home, _lane, _key, _current, _metadata) = (bucket, home, home, key, opened, opened.Metadata);
        (_first, _length, _mostBreaks) = (first, length, mostBreaks);
    }

    public override long Length => _length;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var reading = Current.Body.ReadAsync(buffer, cancellationToken);
        return reading.IsCompletedSuccessfully ? new ValueTask<int>(Counted(reading.Result)) : WaitAsync(reading, buffer, cancellationToken);
    }

    public override async ValueTask DisposeAsync()
    {
        if (_current is { } current)
        {
            await current.DisposeAsync();
        }

        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _current?.Body.Dispose();
        }

        base.Dispose(disposing);
    }

    private Representation Current => _current ?? throw new BucketUnavailableException($"{_key} of {_home.Description} broke off after {_read} of {_length} bytes");

    // Each slice of each body that is not here yet comes by: its state machine is pooled.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> WaitAsync(ValueTask<int> reading, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return Counted(await reading);
            }
            catch (BucketUnavailableException broken)
            {
                await ResumeAsync(broken, cancellationToken);
            }

            reading = Current.Body.ReadAsync(buffer, cancellationToken);
        }
    }

    private async ValueTask ResumeAsync(BucketUnavailableException broken, CancellationToken cancellationToken)
    {
        // Who is no bucket has gone on by itself for as long as it could.
        var lane = _lane ?? throw new BucketUnavailableException(broken.Message, broken) { Fault = broken.Fault };
        lane.Health.NoteBody(broken);
        _breaks = _read - _readAtBreak >= Progress ? 1 : _breaks + 1;
        _readAtBreak = _read;
        await Current.DisposeAsync();
        _current = null;
        if (_breaks > _mostBreaks)
        {
            throw new BucketUnavailableException(broken.Message, broken) { Fault = broken.Fault };
        }

        var rest = new ByteRange(_first + _read, _first + _length - 1);
        (_current, _lane) = await _bucket.ResumeAsync(_key, _metadata, rest, _home, lane, broken, cancellationToken);
    }

    private int Counted(int count)
    {
        _read += count;
        return count;
    }
}
