using ReleaseServer.Alerting;
using ReleaseServer.Buckets;

namespace ReleaseServer.Caching;

/// <summary>Passes a whole body on that is too large to keep. The last block waits until all of it was checked.</summary>
internal sealed class VerifyingStream(Representation opened, string bucket, AssetKey key, IAlerts alerts) : ForwardStream
{
    private const int HeldBack = 64 * 1024;

    private readonly ContentCheck _check = new(opened.Metadata.Digests, needsSha256: false);
    private byte[]? _last;
    private int _lastRead;

    public override long Length => opened.Metadata.Length;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var free = Length - HeldBack - _check.Position;
        if (free > 0)
        {
            var read = await opened.Body.ReadAsync(buffer[..(int)Math.Min(buffer.Length, free)], cancellationToken);
            _check.Append(buffer.Span[..read]);
            return read > 0 || buffer.IsEmpty ? read : throw EndedEarly(inner: null);
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
        _check.Dispose();
        await base.DisposeAsync();
    }

    private async ValueTask<byte[]> ReadLastAsync(CancellationToken cancellationToken)
    {
        var last = new byte[Length - _check.Position];
        try
        {
            await opened.Body.ReadExactlyAsync(last, cancellationToken);
        }
        catch (EndOfStreamException exception)
        {
            throw EndedEarly(exception);
        }

        _check.Append(last);
        if (_check.Finish() is not { } fault)
        {
            return last;
        }

        var wrong = new WrongBytesException($"{bucket} {fault} ({key})");
        alerts.Raise(new Alert(AlertKind.WrongBytes, bucket, wrong.Message, wrong));
        throw wrong;
    }

    private BucketUnavailableException EndedEarly(Exception? inner) => new($"{bucket} ({key}) ended before its {Length} bytes", inner);
}
