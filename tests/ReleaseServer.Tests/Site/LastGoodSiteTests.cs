using Microsoft.Extensions.Logging;
using ReleaseServer.Buckets;
using ReleaseServer.Site;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Logging;
using ReleaseServer.Tests.Buckets;

namespace ReleaseServer.Tests.Site;

/// <summary>Starts while the bucket is away, by what the disk has kept.</summary>
public sealed class LastGoodSiteTests : IDisposable
{
    private static readonly BucketUnavailableException Away = new("The bucket is away");

    private readonly LoadedSite _site = new();

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Refresh_BucketAwayAtStart_LastGoodFromDisk()
    {
        await _site.PublishAsync(LoadedSite.Latest);
        await _site.RefreshAsync();

        _site.Restart();
        _site.Trouble = Away;
        var trouble = await _site.RefreshAsync();

        Assert.Equal("The bucket is away", trouble);
        Assert.Equal([LoadedSite.Latest], _site.Current.Snapshot!.Links.Links);
        Assert.Contains("Warning: Serving by the links of generation 1 kept on disk", _site.Log.Lines);
    }

    [Fact]
    public async Task Refresh_BucketBackAfterAStartFromDisk_NewestLoaded()
    {
        await _site.PublishAsync(LoadedSite.Latest);
        await _site.RefreshAsync();
        await _site.PublishAsync(LoadedSite.Latest with { Target = "r/v3" });
        _site.Restart();
        _site.Trouble = Away;
        await _site.RefreshAsync();

        _site.Trouble = null;
        await _site.RefreshAsync();

        Assert.Equal("r/v3", _site.Current.Snapshot!.Links.Resolve("r/latest"));
    }

    [Fact]
    public async Task Refresh_BucketAwayAtFirstStart_NoSnapshot()
    {
        _site.Trouble = Away;

        var trouble = await _site.RefreshAsync();

        Assert.Equal("The bucket is away", trouble);
        Assert.Null(_site.Current.Snapshot);
        Assert.Equal("The published site cannot be loaded: The bucket is away; answering 503 until it can be", Assert.Single(_site.Log.Of(LogLevel.Error)));
    }

    [Theory]
    [InlineData("links", "{")]
    [InlineData("links", "")]
    [InlineData("generation", "")]
    [InlineData("generation", "{}")]
    public async Task Refresh_CorruptFileOnDisk_OneWarningForAllPolls(string document, string content)
    {
        await _site.PublishAsync(LoadedSite.Latest);
        await _site.RefreshAsync();
        await File.WriteAllTextAsync(_site.State(document), content, TestContext.Current.CancellationToken);

        _site.Restart();
        _site.Trouble = Away;
        await _site.RefreshAsync();
        await _site.RefreshAsync();

        Assert.Null(_site.Current.Snapshot);
        Assert.StartsWith($"The last good links in {_site.Options.StatePath} cannot be used: ", Assert.Single(_site.Log.Of(LogLevel.Warning)), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_KeptForAnotherBucket_Null()
    {
        using var folder = new ScratchFolder();
        var options = new SiteOptions { StatePath = folder.Path };
        var log = new LogLineRecorder();
        var generation = GenerationDocument.None with { Generation = 3 };
        new LastGoodSite(options, new FolderBucket(folder.In("one")), log.For<LastGoodSite>()).Save(generation, default);

        var same = new LastGoodSite(options, new FolderBucket(folder.In("one")), log.For<LastGoodSite>()).Load();
        var other = new LastGoodSite(options, new FolderBucket(folder.In("other")), log.For<LastGoodSite>()).Load();

        Assert.Equal(3, same?.Generation.Generation);
        Assert.Null(other);
    }

    [Fact]
    public async Task Refresh_GenerationWithoutLinks_KeptOnDiskToo()
    {
        await _site.Publisher.PublishCatalogAsync(changed: true, TestContext.Current.CancellationToken);
        await _site.RefreshAsync();

        _site.Restart();
        _site.Trouble = Away;
        await _site.RefreshAsync();

        Assert.True(_site.Current.Snapshot!.Generation.HasCatalog);
        Assert.Empty(_site.Current.Snapshot.Links.Links);
    }

    [Fact]
    public async Task Refresh_DiskUnwritable_SwappedAllTheSameWithAWarning()
    {
        using var folder = new ScratchFolder();
        _site.Options.StatePath = folder.Write("a-file", "");
        _site.Restart();
        await _site.PublishAsync(LoadedSite.Latest);

        var trouble = await _site.RefreshAsync();

        Assert.Null(trouble);
        Assert.Equal([LoadedSite.Latest], _site.Current.Snapshot!.Links.Links);
        Assert.StartsWith($"The last good links cannot be kept in {folder.In("a-file")}: ", Assert.Single(_site.Log.Of(LogLevel.Warning)), StringComparison.Ordinal);
    }
}
