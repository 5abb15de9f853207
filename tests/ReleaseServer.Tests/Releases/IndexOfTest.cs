using ReleaseServer.Buckets;
using ReleaseServer.Releases;
using ReleaseServer.Sample;
using ReleaseServer.Site;
using ReleaseServer.Testing.Buckets;

namespace ReleaseServer.Tests.Releases;

/// <summary>Helpers of the tests of an index.</summary>
internal static class IndexOfTest
{
    public static readonly ReleaseChannel Release = ChannelOf("nodejs/release");

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A channel of the site that is built in.</summary>
    public static ReleaseChannel ChannelOf(string directory) =>
        SiteDataLoader.Load(null).Releases.Channels.Single(channel => channel.Directory == directory);

    public static async Task<InMemoryBucket> SampleAsync()
    {
        var bucket = new InMemoryBucket();
        await SampleTree.WriteAsync(bucket, Token);
        return bucket;
    }

    public static async Task<IndexRequest> RequestAsync(IBucket bucket, ReleaseChannel channel)
    {
        var index = await ChannelIndex.ReadAsync(bucket, channel, Token);
        return new IndexRequest(channel) { Json = index.Json?.Content, Tab = index.Tab?.Content };
    }

    public static Task<IndexBuild> BuildAsync(IBucket bucket, IndexRequest request) => new IndexBuilder(bucket).BuildAsync(request, progress: null, Token);

    public static readonly SampleVersion Next = new(
        "v26.8.0", "2026-08-20", "11.17.0", "14.6.202.40", "1.52.2", "1.3.2", "3.5.8", "147", null, true, ["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64"]);

    public static Dictionary<string, VersionFacts> Of(string version, VersionFacts facts) => new() { [version] = facts };

    public static void PutVersion(InMemoryBucket bucket, SampleVersion version, string? directory = null)
    {
        var assets = SampleAssets.Of(version).ToList();
        foreach (var asset in assets.Append(SampleAssets.ChecksumsOf(assets)))
        {
            bucket.Put($"{directory ?? version.Directory}/{asset.Name}", asset.Content, version.Released);
        }
    }

    public static async Task<byte[]> ContentAsync(InMemoryBucket bucket, string name)
    {
        Assert.True(AssetKey.TryCreate(name, out var key));
        await using var opened = await bucket.OpenAsync(key, range: null, expected: null, Token);
        var content = new byte[opened!.Metadata.Length];
        await opened.Body.ReadExactlyAsync(content, Token);
        return content;
    }

    public static async Task RemoveDirectoryAsync(InMemoryBucket bucket, string directory)
    {
        var names = new List<string>();
        await foreach (var entry in bucket.ListAsync(directory, ListDepth.All, Token))
        {
            names.Add(entry.Name);
        }

        Assert.All(names, name => Assert.True(bucket.Remove(name)));
    }
}
