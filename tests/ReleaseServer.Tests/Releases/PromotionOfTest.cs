using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using ReleaseServer.Buckets;
using ReleaseServer.Listings;
using ReleaseServer.Releases;
using ReleaseServer.Sample;
using ReleaseServer.Site;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Releases;

/// <summary>A production bucket with the sample tree, published with links and catalog, and a staging bucket with new versions.</summary>
internal sealed class PromotionOfTest
{
    public const string Name = "v26.8.0";
    public const string Directory = "nodejs/release/" + Name + "/";

    private PromotionOfTest(InMemoryBucket production, InMemoryBucket staging)
    {
        Production = new FaultyBucket(production);
        Staging = staging;
        Store = production;
    }

    // Made once: compressing it takes a while, and some tests want it a hundred times.
    private static readonly Lazy<Task<InMemoryBucket>> Sample = new(IndexOfTest.SampleAsync);
    private static readonly Lazy<List<(string Key, SampleFile File, DateTimeOffset Date)>> NewVersion = new(() => [.. FilesOf(Version(Name), withSums: true)]);

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public static SiteData Data { get; } = SiteDataLoader.Load(null);

    /// <summary>What commands write through; fails as told.</summary>
    public FaultyBucket Production { get; }

    /// <summary>What is behind it.</summary>
    public InMemoryBucket Store { get; }

    public InMemoryBucket Staging { get; }

    public ManualClock Clock { get; } = new(new DateTimeOffset(2026, 8, 20, 12, 0, 0, TimeSpan.Zero));

    public static async Task<PromotionOfTest> StartAsync(bool withCatalog = true)
    {
        var production = await CloneAsync(await Sample.Value);
        var test = new PromotionOfTest(production, new InMemoryBucket());
        var links = LinkPlanner.Plan(Data.Releases, await BucketInventory.ReadAsync(production, [], progress: null, Token)).Links;
        var publisher = new SitePublisher(production, test.Clock);
        await publisher.PublishLinksAsync(links, Token);
        if (withCatalog)
        {
            await CatalogWriter.WriteAsync(production, (await publisher.ReadLinksAsync(Token)).Table, new CatalogWriteOptions(), progress: null, Token);
            await publisher.PublishCatalogAsync(changed: true, Token);
        }

        test.Stage(Version(Name));
        return test;
    }

    /// <summary>A version with the facts of the newest of the sample.</summary>
    public static SampleVersion Version(string name, string channel = SampleVersions.Release)
    {
        // Not by "with": the numbers are read out of the name once.
        var (_, _, npm, v8, uv, zlib, openSsl, modules, lts, security, platforms, _) = SampleVersions.All[0];
        return new SampleVersion(name, "2026-08-20", npm, v8, uv, zlib, openSsl, modules, lts, security, platforms, channel);
    }

    /// <summary>Puts a whole version into staging.</summary>
    /// <param name="withSums">Whether with its list of checksums.</param>
    public void Stage(SampleVersion version, bool withSums = true)
    {
        foreach (var (key, file, date) in withSums && version.Name == Name ? NewVersion.Value : FilesOf(version, withSums))
        {
            Staging.Put(key, file.Content, date, file.ContentType);
        }
    }

    public static PromotionRequest Request(string name = Name, string channel = "nodejs/release") => new(IndexOfTest.ChannelOf(channel), name);

    public ReleaseSite Site(string by = "deploy@build-3") => new(Production, Data, new SiteOptions(), by, Clock) { KnockAsync = static _ => Task.FromResult(true) };

    public Task<PromotionOutcome> PromoteAsync(PromotionRequest? request = null, bool dryRun = false) =>
        new Promotion(Site(), new StagingArea(Staging, ""), request ?? Request()).RunAsync(dryRun, Token);

    public Task<RollbackOutcome> RollBackAsync(string? directory = Directory, long? generation = null) =>
        new Rollback(Site(), new RollbackRequest(directory, generation)).RunAsync(dryRun: false, Token);

    public Task<WithdrawalOutcome> WithdrawAsync(bool keepsFiles) =>
        new Withdrawal(Site(), new WithdrawalRequest(IndexOfTest.Release, Name, keepsFiles)).RunAsync(dryRun: false, Token);

    /// <summary>Every object with a digest of its bytes, the server's own documents included.</summary>
    public static async Task<SortedDictionary<string, string>> DumpAsync(IBucket bucket, string prefix = "")
    {
        var dump = new SortedDictionary<string, string>(StringComparer.Ordinal);
        await foreach (var entry in bucket.ListAsync(prefix, ListDepth.All, Token))
        {
            dump[entry.Name] = entry.EntityTag.ToString()!;
        }

        return dump;
    }

    /// <summary>What a node shows of the release channel, all by one snapshot; fails where it names what is not there.</summary>
    public async Task<ReaderView> ReadAsync()
    {
        var published = new PublishedSite(Store);
        var generation = (await published.ReadGenerationAsync(Token))!.Value.Document;
        var links = PublishedSite.ParseLinks(generation.Links, await published.ReadLinksAsync(generation, Token));
        var index = Encoding.UTF8.GetString(await ReadAsync(links, "nodejs/release/index.json"));
        var tab = Encoding.UTF8.GetString(await ReadAsync(links, "nodejs/release/index.tab"));
        var reader = new ListingReader(Store, NullLogger<ListingReader>.Instance);
        var listing = await reader.ReadAsync("nodejs/release/", links.Table, links.Overlay, generation.HasCatalog, Token);
        var listed = new List<string>();
        var sizes = new Dictionary<string, long?>();
        foreach (var entry in listing!.Entries.ToArray())
        {
            listed.Add(entry.Name);
            sizes[entry.Name] = entry.Length;
            if (entry.IsDirectory)
            {
                Assert.NotNull(await reader.ReadAsync(
                    links.Table.Resolve($"nodejs/release/{entry.Name}") + "/", links.Table, links.Overlay, generation.HasCatalog, Token));
            }
        }

        Assert.Equal(index.Length, sizes["index.json"]);
        var latest = links.Table.Resolve("nodejs/release/latest");
        foreach (var link in links.Table.Links.Where(static link => link.Name.StartsWith("nodejs/release/latest", StringComparison.Ordinal)))
        {
            foreach (var sum in ShasumsFile.Parse(await ReadAsync(links, $"{link.Name}/{ShasumsFile.FileName}")).Lines)
            {
                var content = await ReadAsync(links, $"{link.Name}/{sum.Name}");
                Assert.Equal(sum.Sha256, Convert.ToHexStringLower(SHA256.HashData(content)));
            }
        }

        return new ReaderView(index, tab, latest[(latest.LastIndexOf('/') + 1)..], listed) { Generation = generation, Links = links };
    }

    private static IEnumerable<(string Key, SampleFile File, DateTimeOffset Date)> FilesOf(SampleVersion version, bool withSums)
    {
        var assets = SampleAssets.Of(version).ToList();
        return assets.Concat(SampleDocs.Of(version)).Concat(withSums ? [SampleAssets.ChecksumsOf(assets)] : [])
            .Select(file => ($"{version.Directory}/{file.Name}", file, version.Released));
    }

    private static async Task<InMemoryBucket> CloneAsync(InMemoryBucket source)
    {
        var clone = new InMemoryBucket();
        foreach (var name in (await DumpAsync(source)).Keys)
        {
            Assert.True(AssetKey.TryCreate(name, out var key));
            await using var opened = await source.OpenAsync(key, null, null, Token);
            var content = new byte[opened!.Metadata.Length];
            await opened.Body.ReadExactlyAsync(content, Token);
            clone.Put(name, content, opened.Metadata.Modified, opened.Metadata.ContentType);
        }

        return clone;
    }

    private async Task<byte[]> ReadAsync(PublishedLinks links, string name)
    {
        Assert.True(AssetKey.TryCreate(links.Table.Resolve(name), out var key));
        Assert.False(links.Overlay.IsWithdrawn(key.Value));
        var read = await OwnDocuments.ReadAsync(Store, links.Overlay.StoredKeyOf(key), Token);
        Assert.True(read is not null, $"{name} ({key}) is named, and is not there");
        return read.Content.ToArray();
    }
}

/// <param name="Listed">Names in the channel's listing.</param>
internal sealed record ReaderView(string Index, string Tab, string Latest, IReadOnlyList<string> Listed)
{
    public required GenerationDocument Generation { get; init; }

    public required PublishedLinks Links { get; init; }

    /// <summary>Whether index, tab, links and listing all know of a version; fails where only some do.</summary>
    public bool Shows(string name)
    {
        bool[] all =
        [
            Index.Contains($"\"version\":\"{name}\"", StringComparison.Ordinal) || Index.Contains($"\"version\": \"{name}\"", StringComparison.Ordinal),
            Tab.Contains($"\n{name}\t", StringComparison.Ordinal),
            Listed.Contains(name),
            Links.Table.TryGet($"nodejs/docs/{name}", out _),
            Latest == name,
        ];
        Assert.True(all.Distinct().Count() == 1, $"only some know of {name}: index, tab, listing, docs, latest: {string.Join(", ", all)}");
        return all[0];
    }

    public bool IsSameAs(ReaderView other) => Index == other.Index && Tab == other.Tab && Latest == other.Latest && Listed.SequenceEqual(other.Listed);
}
