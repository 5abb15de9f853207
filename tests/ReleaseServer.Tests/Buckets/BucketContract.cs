using System.Text;
using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Tests.Buckets;

/// <summary>What each bucket, real, fake or decorated, must do. Each test has an empty bucket of its own.</summary>
public abstract partial class BucketContract : IAsyncLifetime
{
    private IWritableBucket? _bucket;

    internal IWritableBucket Bucket => _bucket!;

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Whether the media type of a write comes back.</summary>
    private protected virtual bool KeepsContentType => true;

    /// <summary>Whether the digest that was stored with an object comes back.</summary>
    private protected virtual bool KeepsDigests => KeepsContentType;

    /// <summary>Whether a store that is asked to choose among simultaneous writers may fail those that lose, rather than refuse them.</summary>
    private protected virtual bool LosersMayFail => false;

    public static TheoryData<string> OddKeys =>
    [
        "a b", "a+b", "a%20b", "a%2Fb", "100%", "q?x=1&y#z", "back\\slash", "ünï/日本", "emoji😀", "tilde~t*()!'", "semi;colon=eq@at$,:", "<&>\"",
        "..a", "a..", ".hidden", "tab\there", "line\nfeed", "control\u0001", "deep/er/and/deeper/still",
    ];

    public async ValueTask InitializeAsync() => _bucket = await StartAsync();

    public abstract ValueTask DisposeAsync();

    [Fact]
    public async Task AnyCall_CancelledToken_OperationCanceled()
    {
        await PutAsync("x", "content");
        var cancelled = new CancellationToken(canceled: true);

        await CancelsAsync(async () => await Bucket.HeadAsync(Key("x"), cancelled));
        await CancelsAsync(async () => await Bucket.OpenAsync(Key("x"), null, null, cancelled));
        await CancelsAsync(async () => await Bucket.OpenChangedAsync(Key("x"), new EntityTag("\"00\""), cancelled));
        await CancelsAsync(async () => await Bucket.AnyAsync(string.Empty, cancelled));
        await CancelsAsync(async () => await Bucket.ListAsync(string.Empty, ListDepth.All, cancelled).GetAsyncEnumerator(cancelled).MoveNextAsync());
        await CancelsAsync(
            async () => await Bucket.WriteAsync(Key("y"), "y"u8.ToArray(), new ObjectAttributes(), WriteCondition.None, cancelled));
        await CancelsAsync(async () => await Bucket.DeleteAsync(Key("x"), cancelled));

        Assert.Equal("content", await ReadAsync("x"));
        Assert.Null(await Bucket.HeadAsync(Key("y"), Token));
    }

    /// <summary>Makes the bucket, empty.</summary>
    internal abstract ValueTask<IWritableBucket> StartAsync();

    /// <summary>Puts the sign of an empty directory; <paramref name="prefix"/> ends in a slash.</summary>
    internal abstract ValueTask AddMarkerAsync(string prefix);

    private protected static AssetKey Key(string name) =>
        AssetKey.TryCreate(name, out var key) ? key : throw new ArgumentException(name);

    private protected async Task<EntityTag> PutAsync(string key, string content) =>
        (await WriteAsync(key, content, WriteCondition.None))!.Value;

    private protected async Task<string> ReadAsync(string key)
    {
        await using var opened = await Bucket.OpenAsync(Key(key), null, null, Token);
        return await ReadAsync(opened!);
    }

    private protected static async Task<string> ReadAsync(Representation opened)
    {
        using var text = new MemoryStream();
        await opened.Body.CopyToAsync(text, Token);
        return Encoding.UTF8.GetString(text.ToArray());
    }

    private protected async Task<List<BucketEntry>> ListAsync(string prefix, ListDepth depth)
    {
        var rows = new List<BucketEntry>();
        await foreach (var row in Bucket.ListAsync(prefix, depth, Token))
        {
            rows.Add(row);
        }

        return rows;
    }

    private static Task<OperationCanceledException> CancelsAsync(Func<Task> call) => Assert.ThrowsAnyAsync<OperationCanceledException>(call);

    private async Task<EntityTag?> WriteAsync(string key, string content, WriteCondition condition) =>
        await Bucket.WriteAsync(Key(key), Encoding.UTF8.GetBytes(content), new ObjectAttributes(), condition, Token);

    private async Task<EntityTag?> RaceAsync(string key, string content, WriteCondition condition)
    {
        try
        {
            return await WriteAsync(key, content, condition);
        }
        catch (BucketUnavailableException) when (LosersMayFail)
        {
            return null;
        }
    }

    private Task PutAllAsync(params IEnumerable<string> keys) =>
        Parallel.ForEachAsync(keys, Token, async (key, _) => await PutAsync(key, "x"));
}
