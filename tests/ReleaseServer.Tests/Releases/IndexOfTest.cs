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
}
