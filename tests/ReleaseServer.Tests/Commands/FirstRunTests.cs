using System.Security.Cryptography;
using ReleaseServer.Buckets;
using ReleaseServer.Commands;
using ReleaseServer.Site;
using ReleaseServer.Tests.Buckets;

namespace ReleaseServer.Tests.Commands;

public sealed class FirstRunTests : IDisposable
{
    private static readonly SiteData Data = SiteDataLoader.Load(null);

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Prepare_NoDefaultFolder_WholeSampleWithLinksAndCatalog()
    {
        var isMade = await PrepareAsync(_folder);

        Assert.True(isMade);
        Assert.True(File.Exists(_folder.In("data/bucket/nodejs/release/v26.7.0/SHASUMS256.txt")));
        Assert.True(File.Exists(_folder.In("data/bucket/.release-server/catalog/nodejs/release/~listing.json")));
        Assert.Equal(["bucket"], Directory.GetFileSystemEntries(_folder.In("data")).Select(Path.GetFileName));
        var generation = GenerationDocument.Read(await File.ReadAllBytesAsync(_folder.In("data/bucket/.release-server/generation.json"), TestContext.Current.CancellationToken));
        Assert.Equal((2, true), (generation.Generation, generation.HasCatalog));
    }

    [Fact]
    public async Task Prepare_DefaultFolderThere_NotTouched()
    {
        Directory.CreateDirectory(_folder.In("data/bucket"));

        var isMade = await PrepareAsync(_folder);

        Assert.False(isMade);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.In("data/bucket")));
    }

    [Fact]
    public async Task Prepare_FolderNamedBySettings_NotMade()
    {
        var options = new BucketOptions { Path = _folder.In("releases") };

        var isMade = await FirstRun.PrepareAsync(options, Data, _folder.Path, TestContext.Current.CancellationToken);

        Assert.False(isMade);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task Prepare_S3_NothingMade()
    {
        var options = new BucketOptions { Kind = BucketKind.S3, Path = _folder.In("data/bucket") };

        var isMade = await FirstRun.PrepareAsync(options, Data, _folder.Path, TestContext.Current.CancellationToken);

        Assert.False(isMade);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task Prepare_CutShort_NothingHalfMadeInItsPlace()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => PrepareAsync(_folder, new CancellationToken(canceled: true)));

        Assert.False(Directory.Exists(_folder.In("data/bucket")));
    }

    [Fact]
    public async Task Prepare_TwoAtOnce_OneMakesItAndNeitherFails()
    {
        var made = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => PrepareAsync(_folder)));

        Assert.Single(made, isMade => isMade);
        Assert.Equal(["bucket"], Directory.GetFileSystemEntries(_folder.In("data")).Select(Path.GetFileName));
        Assert.True(File.Exists(_folder.In("data/bucket/nodejs/release/index.json")));
    }

    [Fact]
    public async Task Prepare_TwoMachines_SameFilesBytesAndDates()
    {
        using var other = new ScratchFolder();

        await PrepareAsync(_folder);
        await PrepareAsync(other);

        Assert.Equal(await FingerprintAsync(_folder), await FingerprintAsync(other));
    }

    private static Task<bool> PrepareAsync(ScratchFolder folder, CancellationToken? cancellationToken = null) => FirstRun.PrepareAsync(
        new BucketOptions { Path = folder.In("data/bucket") },
        Data,
        folder.Path,
        cancellationToken ?? TestContext.Current.CancellationToken);

    // The generation says when it was published, and the server's own documents have the date of their writing.
    private static async Task<IReadOnlyList<string>> FingerprintAsync(ScratchFolder folder)
    {
        var lines = new List<string>();
        var root = folder.In("data/bucket");
        foreach (var file in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(GenerationDocument.Name, StringComparison.Ordinal)))
        {
            var name = Path.GetRelativePath(root, file);
            var digest = Convert.ToHexString(SHA256.HashData(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken)));
            lines.Add(name.StartsWith(AssetKey.ReservedPrefix, StringComparison.Ordinal) ? $"{name} {digest}" : $"{name} {digest} {File.GetLastWriteTimeUtc(file):O}");
        }

        return [.. lines.Order(StringComparer.Ordinal)];
    }
}
