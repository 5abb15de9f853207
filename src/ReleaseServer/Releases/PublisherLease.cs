using System.Globalization;
using System.Text.Json;
using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Releases;

/// <summary>Another command has the lease.</summary>
internal sealed class LeaseHeldException(string message) : Exception(message);

/// <summary>What <c>.release-server/lease.json</c> says.</summary>
/// <param name="Holder">Who and from where, such as <c>deploy@build-3</c>; null for nobody.</param>
/// <param name="Process">Process id on that machine.</param>
/// <param name="Command">What it does, such as <c>promote v26.8.0</c>.</param>
/// <param name="Until">When the lease ends unless it is renewed, UTC.</param>
internal sealed record LeaseDocument(int Format, string? Holder, int Process, string Command, DateTimeOffset Until)
{
    public static readonly AssetKey Key = AssetKey.Own("lease.json");
}

/// <summary>Keeps a second promotion, rollback, withdrawal, index or catalog out while one is at work on a bucket.</summary>
/// <remarks>
/// It spares two people from each other's half-done work. That readers see one or the other and no mix does not hang on it: the generation moves
/// only with If-Match. So clocks that are some seconds apart do no harm.
/// </remarks>
internal sealed class PublisherLease : IAsyncDisposable
{
    /// <summary>Without a sign of life for so long, the holder counts as dead.</summary>
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(30);

    private static readonly ObjectAttributes Json = new("application/json");

    private readonly IWritableBucket _bucket;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _lost;
    private LeaseDocument _mine;
    private EntityTag _tag;
    private Task _renewing = Task.CompletedTask;

    private PublisherLease(IWritableBucket bucket, TimeProvider clock, LeaseDocument mine, EntityTag tag, CancellationToken cancellationToken)
    {
        (_bucket, _clock, _mine, _tag) = (bucket, clock, mine, tag);
        _lost = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    }

    /// <summary>Ends when the lease is lost, or the caller's token does.</summary>
    public CancellationToken Held => _lost.Token;

    /// <summary>Says who has the lease, without a change.</summary>
    /// <exception cref="LeaseHeldException">Somebody else has.</exception>
    /// <exception cref="BucketUnavailableException">The bucket failed.</exception>
    public static async Task PeekAsync(IBucket bucket, string holder, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (await ReadAsync(bucket, cancellationToken) is { Document: var document })
        {
            RefuseIfHeld(document, holder, clock.GetUtcNow());
        }
    }

    /// <summary>Does work under the lease.</summary>
    /// <param name="work">Is cancelled when the lease is lost.</param>
    /// <exception cref="LeaseHeldException">Somebody else has it.</exception>
    /// <exception cref="BucketUnavailableException">The bucket failed, or the lease was lost.</exception>
    public static async Task<T> RunAsync<T>(
        IWritableBucket bucket, string holder, string command, TimeProvider clock, Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        await using var lease = await AcquireAsync(bucket, holder, command, clock, cancellationToken);
        try
        {
            return await work(lease.Held);
        }
        catch (OperationCanceledException) when (lease.Held.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new BucketUnavailableException("The lease was lost to another command; run this one again when that is done");
        }
    }

    /// <summary>Takes the lease and keeps it until it is disposed.</summary>
    /// <param name="holder">Who and from where.</param>
    /// <param name="command">What for.</param>
    /// <param name="clock">Measures the lease.</param>
    /// <param name="cancellationToken">Ends <see cref="Held"/> as well.</param>
    /// <exception cref="LeaseHeldException">Somebody else has it.</exception>
    /// <exception cref="BucketUnavailableException">The bucket failed.</exception>
    public static async Task<PublisherLease> AcquireAsync(
        IWritableBucket bucket, string holder, string command, TimeProvider clock, CancellationToken cancellationToken)
    {
        var read = await ReadAsync(bucket, cancellationToken);
        if (read is { } found)
        {
            RefuseIfHeld(found.Document, holder, clock.GetUtcNow());
        }

        var mine = new LeaseDocument(1, holder, Environment.ProcessId, command, clock.GetUtcNow() + Duration);
        var condition = read is { } known ? WriteCondition.IfMatch(known.Tag) : WriteCondition.IfAbsent;
        if (await bucket.WriteAsync(LeaseDocument.Key, Write(mine), Json, condition, cancellationToken) is not { } tag)
        {
            throw new LeaseHeldException($"Another command has just taken the lease of {bucket.Description}; try again when it is done");
        }

        var lease = new PublisherLease(bucket, clock, mine, tag, cancellationToken);
        lease._renewing = lease.RenewAsync();
        return lease;
    }

    /// <summary>Gives the lease back. A bucket that fails then costs the next command the rest of it.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _renewing;
        try
        {
            if (!_lost.IsCancellationRequested)
            {
                var free = _mine with { Holder = null, Until = _clock.GetUtcNow() };
                await _bucket.WriteAsync(LeaseDocument.Key, Write(free), Json, WriteCondition.IfMatch(_tag), CancellationToken.None);
            }
        }
        catch (BucketUnavailableException)
        {
        }

        _stopping.Dispose();
        _lost.Dispose();
    }

    private static void RefuseIfHeld(LeaseDocument document, string holder, DateTimeOffset now)
    {
        if (document.Holder is null || document.Until <= now || IsDead(document, holder))
        {
            return;
        }

        throw new LeaseHeldException(string.Create(
            CultureInfo.InvariantCulture,
            $"{document.Holder} (process {document.Process}) is at work here: {document.Command}. Its lease ends at {document.Until.UtcDateTime:HH:mm:ss} UTC unless it is renewed"));
    }

    // Of this machine one can tell at once, and need not wait for the end of the lease.
    private static bool IsDead(LeaseDocument document, string holder)
    {
        if (document.Holder != holder)
        {
            return false;
        }

        // This process has none yet, so that was one before it with the same number, as in a container that was started again.
        if (document.Process == Environment.ProcessId)
        {
            return true;
        }

        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(document.Process);
            return process.HasExited;
        }
        catch (ArgumentException)
        {
            return true;
        }
    }

    private async Task RenewAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            await Task.Delay(Duration / 3, _clock, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_stopping.IsCancellationRequested)
            {
                return;
            }

            var renewed = _mine with { Until = _clock.GetUtcNow() + Duration };
            try
            {
                if (await _bucket.WriteAsync(LeaseDocument.Key, Write(renewed), Json, WriteCondition.IfMatch(_tag), CancellationToken.None) is { } tag)
                {
                    (_mine, _tag) = (renewed, tag);
                    continue;
                }
            }
            catch (BucketUnavailableException) when (_clock.GetUtcNow() < _mine.Until)
            {
                // There is time for another try.
                continue;
            }
            catch (BucketUnavailableException)
            {
            }

            await _lost.CancelAsync();
            return;
        }
    }

    private static byte[] Write(LeaseDocument document) => JsonSerializer.SerializeToUtf8Bytes(document, PublisherJson.Default.LeaseDocument);

    private static async Task<(LeaseDocument Document, EntityTag Tag)?> ReadAsync(IBucket bucket, CancellationToken cancellationToken) =>
        await OwnDocuments.ReadAsync(bucket, LeaseDocument.Key, cancellationToken) is { } read
            ? (OwnDocuments.Parse(read.Content, PublisherJson.Default.LeaseDocument, LeaseDocument.Key), read.Tag)
            : null;
}
