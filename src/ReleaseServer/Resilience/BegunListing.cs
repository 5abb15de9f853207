using ReleaseServer.Buckets;

namespace ReleaseServer.Resilience;

/// <summary>A listing whose first row is here, or that is known to have none. What fails later fails while it is read.</summary>
internal sealed class BegunListing : IAsyncDisposable
{
    private readonly CancellationTokenSource _reading;
    private readonly IAsyncEnumerator<BucketEntry> _rows;

    private BegunListing(IBucket bucket, string prefix, ListDepth depth, CancellationToken reader)
    {
        _reading = CancellationTokenSource.CreateLinkedTokenSource(reader);
        _rows = bucket.ListAsync(prefix, depth, _reading.Token).GetAsyncEnumerator(_reading.Token);
    }

    public bool HasRow { get; private set; }

    public BucketEntry Row => _rows.Current;

    /// <param name="reader">Ends the listing at any time.</param>
    /// <param name="beginning">Ends it before its first row.</param>
    public static async ValueTask<BegunListing> BeginAsync(
        IBucket bucket, string prefix, ListDepth depth, CancellationToken reader, CancellationToken beginning)
    {
        var listing = new BegunListing(bucket, prefix, depth, reader);
        try
        {
            using (beginning.UnsafeRegister(static reading => ((CancellationTokenSource)reading!).Cancel(), listing._reading))
            {
                await listing.MoveNextAsync();
            }

            return listing;
        }
        catch
        {
            await listing.DisposeAsync();
            throw;
        }
    }

    /// <summary>Reads all rows, from the one that is here.</summary>
    public async IAsyncEnumerable<BucketEntry> ReadAsync()
    {
        while (HasRow)
        {
            yield return Row;
            await MoveNextAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _rows.DisposeAsync();
        _reading.Dispose();
    }

    private async ValueTask MoveNextAsync() => HasRow = await _rows.MoveNextAsync();
}
