using ReleaseServer.Alerting;
using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Resilience;

namespace ReleaseServer.Caching;

/// <summary>Passes a whole body on that is too large to keep. The last block waits until all of it was checked.</summary>
/// <param name="rest">Who goes on where the bucket does not; null for nobody.</param>
internal sealed class VerifyingStream(Representation opened, string bucket, AssetKey key, IRestSource? rest, IAlerts alerts) : ForwardStream
{
    private const int HeldBack = 64 * 1024;

    private readonly ContentCheck _check = new(opened.Metadata.Digests, needsSha256: false);
    private Stream? _elsewhere;
    private byte[]? _last;
    private int _lastRead;

    public override long Length => opened.Metadata.Length;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var free = Length - HeldBack - _check.Position;
        if (free > 0)
        {
            return await ReadCheckedAsync(buffer[..(int)Math.Min(buffer.Length, free)], cancellationToken);
        }

        _last ??= await ReadLastAsync(cancellationToken);
        var count = Math.Min(buffer.Length, _last.Length - _lastRead);
        _last.AsSpan(_lastRead, count).CopyTo(buffer.Span);
        _lastRead += count;
        return count;
    }

    public override async ValueTask DisposeAsync()
    {
        await opened.DisposeAsync();
        await (_elsewhere?.DisposeAsync() ?? default);
        _check.Dispose();
        await base.DisposeAsync();
    }

    private async ValueTask<byte[]> ReadLastAsync(CancellationToken cancellationToken)
    {
        var last = new byte[Length - _check.Position];
        for (var count = 0; count < last.Length;)
        {
            count += await ReadCheckedAsync(last.AsMemory(count), cancellationToken);
        }

        if (_check.Finish() is not { } fault)
        {
            return last;
        }

        if (_elsewhere is not null)
        {
            // The bucket is not to blame for what another sent.
            throw new BucketUnavailableException($"{bucket} broke off, and the rest that was had elsewhere is of another version ({key})");
        }

        var wrong = new WrongBytesException($"{bucket} {fault} ({key})");
        alerts.Raise(new Alert(AlertKind.WrongBytes, bucket, wrong.Message, wrong));
        throw wrong;
    }

    private async ValueTask<int> ReadCheckedAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int read;
        try
        {
            read = await (_elsewhere ?? opened.Body).ReadAsync(buffer, cancellationToken);
        }
        catch (BucketUnavailableException broken) when (CanGoOnElsewhere(broken))
        {
            var missing = new ByteRange(_check.Position, Length - 1);
            _elsewhere = await rest!.OpenAsync(key, opened.Metadata, missing, isChecked: true, cancellationToken)
                ?? throw new BucketUnavailableException(broken.Message, broken) { Fault = broken.Fault };
            read = await _elsewhere.ReadAsync(buffer, cancellationToken);
        }

        _check.Append(buffer.Span[..read]);
        return read > 0 || buffer.IsEmpty ? read : throw new BucketUnavailableException($"{bucket} ({key}) ended before its {Length} bytes");
    }

    // Where nothing of it has been shown, somebody else can still answer with a version of his own.
    private bool CanGoOnElsewhere(BucketUnavailableException broken) =>
        rest is not null && _elsewhere is null && _check is { IsProof: true, Position: > 0 } && broken.InnerException is not RepresentationChangedException;
}
