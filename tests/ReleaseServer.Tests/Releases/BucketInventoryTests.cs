using ReleaseServer.Buckets;
using ReleaseServer.Releases;
using ReleaseServer.Testing.Buckets;

namespace ReleaseServer.Tests.Releases;

public sealed class BucketInventoryTests
{
    private readonly InMemoryBucket _store = new();
    private readonly FaultyBucket _bucket;

    public BucketInventoryTests()
    {
        _bucket = new FaultyBucket(_store);
        _store.Put("root.txt", "x");
        _store.Put("r/v1/a/b.txt", "x");
        _store.Put("r/v2", "a file, not a directory");
        _store.PutMarker("r/v3/");
        _store.Put(AssetKey.Own("catalog/r/~listing.json").Value, "x");
    }

    [Theory]
    [InlineData("root.txt", true, false)]
    [InlineData("r/v1/a/b.txt", true, false)]
    [InlineData("r/v1/a", false, true)]
    [InlineData("r/v1", false, true)]
    [InlineData("r/v2", true, false)]
    [InlineData("r/v3", false, true)]
    [InlineData("r/v3/", false, false)]
    [InlineData("r/v", false, false)]
    [InlineData("", false, true)]
    [InlineData(".release-server/catalog", false, false)]
    public async Task Read_Bucket_KnowsObjectsFromDirectories(string name, bool isObject, bool isDirectory)
    {
        var inventory = await ReadAsync();

        Assert.Equal((isObject, isDirectory), (inventory.HasObject(name), inventory.HasDirectory(name)));
    }

    [Fact]
    public async Task SubdirectoriesOf_Directory_SortedMarkersIncluded()
    {
        var inventory = await ReadAsync();

        Assert.Equal(["v1", "v3"], inventory.SubdirectoriesOf("r"));
        Assert.Equal(["r"], inventory.SubdirectoriesOf(""));
        Assert.Empty(inventory.SubdirectoriesOf("nowhere"));
    }

    [Fact]
    public async Task Read_Progress_CountsObjects()
    {
        var counts = new Counts();

        var inventory = await BucketInventory.ReadAsync(_bucket, [], counts, TestContext.Current.CancellationToken);

        Assert.Equal(3, inventory.ObjectCount);
        Assert.Equal(3, counts.Last);
    }

    [Fact]
    public async Task Read_BucketAway_ThrowsRatherThanLeavesOut()
    {
        _bucket.GoDown();

        await Assert.ThrowsAsync<BucketUnavailableException>(ReadAsync);
    }

    private Task<BucketInventory> ReadAsync() => BucketInventory.ReadAsync(_bucket, [], progress: null, TestContext.Current.CancellationToken);

    private sealed class Counts : IProgress<int>
    {
        public int Last { get; private set; }

        public void Report(int value) => Last = value;
    }
}
