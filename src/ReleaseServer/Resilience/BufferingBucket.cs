using ReleaseServer.Alerting;
using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Transport;

namespace ReleaseServer.Resilience;

/// <summary>
/// Has a short body whole, and holds it against the bucket's digest, before it is handed on. One that breaks off or is wrong is so a try that failed,
/// which is made again or elsewhere, and not an answer of which a client has seen the beginning.
/// </summary>
/// <param name="health">Learns of bodies that broke.</param>
/// <param name="readsAgain">Whether a body that broke is read once more at once.</param>
/// <param name="alerts">Hear of wrong bytes, whether or not the next try is better.</param>
internal sealed class BufferingBucket(IBucket inner, BucketHealth health, bool readsAgain, IAlerts alerts, TimeProvider time) : IBucket
{
    /// <summary>Bytes of the longest body that is short: it is here soon after its head, and a client that waits for its end misses nothing.</summary>
    public const int Longest = 256 * 1024;

    /// <summary>Bytes of all that are held at once; what comes beyond is handed on as it comes.</summary>
    private const long MostHeld = 64 << 20;

    /// <summary>A body that takes longer is handed on as it comes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private long _held;

    public string Description => inner.Description;

    public bool ListsSourceDates => inner.ListsSourceDates;

    public ValueTask<RepresentationMetadata?> HeadAsync(AssetKey key, CancellationToken cancellationToken) => inner.HeadAsync(key, cancellationToken);

    public async ValueTask<Representation?> OpenAsync(AssetKey key, ByteRange? range, EntityTag? expected, CancellationToken cancellationToken)
    {
        for (var isLast = !readsAgain; ; isLast = true)
        {
            if (await inner.OpenAsync(key, range, expected, cancellationToken) is not { } opened)
            {
                return null;
            }

            try
            {
                return await BufferAsync(key, range, opened, cancellationToken);
            }
            catch (BucketUnavailableException broken) when (!isLast && broken is not WrongBytesException && health.Budget.TryRetry())
            {
                // Who sent a head is there: no reason to wait, nor to take one of the tries for it.
            }
        }
    }

    public async ValueTask<Revalidation> OpenChangedAsync(AssetKey key, EntityTag known, CancellationToken cancellationToken)
    {
        var answer = await inner.OpenChangedAsync(key, known, cancellationToken);
        return answer.Representation is { } opened
            ? answer with { Representation = await BufferAsync(key, range: null, opened, cancellationToken) }
            : answer;
    }

    public ValueTask<bool> AnyAsync(string prefix, CancellationToken cancellationToken) => inner.AnyAsync(prefix, cancellationToken);

    public IAsyncEnumerable<BucketEntry> ListAsync(string prefix, ListDepth depth, CancellationToken cancellationToken) =>
        inner.ListAsync(prefix, depth, cancellationToken);

    private async ValueTask<Representation> BufferAsync(AssetKey key, ByteRange? range, Representation opened, CancellationToken cancellationToken)
    {
        var length = range?.Length ?? opened.Metadata.Length;
        if (length is 0 or > Longest || Interlocked.Read(ref _held) + length > MostHeld)
        {
            return opened;
        }

        Interlocked.Add(ref _held, length);
        var body = new BufferedBody(opened, (int)length, () => Interlocked.Add(ref _held, -length));
        try
        {
            if (await body.TryFillAsync(Patience, time, cancellationToken) && length == opened.Metadata.Length)
            {
                // A digest takes the better part of a millisecond where the processor has no instructions for it.
                await EventThread.Leave();
                Check(key, opened.Metadata, body.Bytes);
            }

            return new Representation(opened.Metadata, body);
        }
        catch (Exception exception)
        {
            await body.DisposeAsync();
            if (exception is BucketUnavailableException broken)
            {
                health.NoteBody(broken);
            }

            throw;
        }
    }

    private void Check(AssetKey key, RepresentationMetadata metadata, ReadOnlySpan<byte> bytes)
    {
        if (metadata.Digests is not [var expected, ..])
        {
            return;
        }

        using var calculator = new DigestCalculator(expected.Algorithm);
        calculator.Append(bytes);
        if (expected.Refute(calculator.Finish()) is { } fault)
        {
            var wrong = new WrongBytesException($"{Description} {fault} ({key})");
            alerts.Raise(new Alert(AlertKind.WrongBytes, Description, wrong.Message, wrong));
            throw wrong;
        }
    }
}
