using Microsoft.Extensions.DependencyInjection;
using ReleaseServer.Buckets;
using ReleaseServer.Caching;
using ReleaseServer.Site;
using ReleaseServer.Testing.Caching;
using ReleaseServer.Testing.Cdn;
using ReleaseServer.Testing.Server;

namespace ReleaseServer.Tests.Commands;

/// <summary>The verb <c>purge</c>, from the command line to a node's cache and the CDN.</summary>
public sealed class PurgeCommandTests : IDisposable
{
    private readonly CommandRunner _runner = new();

    public PurgeCommandTests()
    {
        _runner.Folder.Write("data/bucket/nodejs/release/v26.7.0/SHASUMS256.txt", "x");
        _runner.Folder.Write("data/bucket/nodejs/release/v26.7.0/node.tar.gz", "x");

        // Its tenth and a half is waited for before a CDN is told.
        _runner.Environment["Site__PollInterval"] = "100ms";
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private FolderBucket Bucket => new(_runner.Folder.In("data/bucket"));

    public void Dispose() => _runner.Dispose();

    [Fact]
    public async Task Purge_Path_PublishedByLinksWithTheReason()
    {
        await _runner.RunAsync("links");

        var result = await _runner.RunAsync("purge", "--path", "/dist/latest/SHASUMS256.txt", "--reason", "signed anew");

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal(
            [
                "Purging 1 tag: what is kept is asked for anew, and answered only if the bucket fails",
                "  key:nodejs/release/v26.7.0/SHASUMS256.txt",
                "Published as purge 1; each node applies it at its next poll, by default within 2 s",
            ],
            result.OutputLines);
        var entry = (await new PublishedSite(Bucket).ReadPurgeAsync(1, Cancellation))!;
        Assert.Equal("signed anew", entry.Note.Reason);
        Assert.Contains('@', entry.Note.By!);
        Assert.Equal(1, (await new PublishedSite(Bucket).ReadGenerationAsync(Cancellation))!.Value.Document.Generation);
    }

    [Fact]
    public async Task Purge_All_PublishedThoughTheLinksAreBroken()
    {
        await _runner.RunAsync("links");
        await File.WriteAllTextAsync(
            Assert.Single(Directory.GetFiles(_runner.Folder.In("data/bucket/.release-server/links"))), "{", Cancellation);

        var result = await _runner.RunAsync("purge", "--all", "--hard");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal("Purging everything, hard: what is kept is dropped, and nothing old is answered even if the bucket fails", result.OutputLines[0]);
        Assert.Equal((true, true), (await new PublishedSite(Bucket).ReadPurgeAsync(1, Cancellation))!.Note.Purge is { All: var all, IsHard: var hard } ? (all, hard) : default);
    }

    [Fact]
    public async Task Purge_DryRun_SaysWhatAndWritesNothing()
    {
        await _runner.RunAsync("links");

        var result = await _runner.RunAsync("purge", "--path=/dist/latest/", "--dry-run");

        Golden.Equal("purge-dry-run.txt", result.Output);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Null(await new PublishedSite(Bucket).ReadPurgeAsync(1, Cancellation));
    }

    [Theory]
    [InlineData("purge", "Nothing is named: give a path, a key, a tag, or all")]
    [InlineData("purge --path=dist/x --key=good", "path 'dist/x' must be a path as in a request, such as /dist/v22.1.0/")]
    [InlineData("purge --tag=latest", "tag 'latest' must be key:K, dir:D/, release:V, link:L or class:C")]
    public async Task Purge_BadSelector_WrongUsageAndNothingPurged(string line, string expected)
    {
        var result = await _runner.RunAsync(line.Split(' '));

        Assert.Equal(2, result.ExitCode);
        Assert.Equal([expected, "Nothing was purged."], result.ErrorLines);
        Assert.False(Directory.Exists(_runner.Folder.In("data/bucket/.release-server")));
    }

    [Fact]
    public async Task Purge_BadNode_WrongUsageAndNothingPurged()
    {
        var result = await _runner.RunAsync("purge", "--all", "--node", "10.0.0.5:8081");

        Assert.Equal((2, "--node must be the admin address of a node, such as http://10.0.0.5:8081\n"), (result.ExitCode, result.Error));
        Assert.False(Directory.Exists(_runner.Folder.In("data/bucket/.release-server")));
    }

    [Fact]
    public async Task Purge_NodesNamed_OneAppliesItAtOnceAndALostOneIsNoError()
    {
        await _runner.RunAsync("links");
        var cache = new RecordingCache();
        await using var node = await RunningServer.StartAsync(Bucket, Cancellation, replace: services => services.AddSingleton<IPurgeable>(cache));

        var result = await _runner.RunAsync(
            "purge", "--key=llms.txt", $"--Admin:Nodes=http://127.0.0.1:{node.AdminPort}", "--node=http://127.0.0.1:1");

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal(["all", "key:llms.txt"], cache.Texts);
        Assert.Equal($"http://127.0.0.1:{node.AdminPort} has applied it", result.OutputLines[^2]);
        Assert.Equal("http://127.0.0.1:1 could not be told (Connection refused (127.0.0.1:1)) and applies it at its next poll", result.OutputLines[^1]);
    }

    [Fact]
    public async Task Purge_WithACdn_Told()
    {
        await using var stub = await CdnStub.StartAsync();
        SetCdn(stub);

        var result = await _runner.RunAsync("purge", "--key=llms.txt");

        Assert.Equal((0, "The CDN (cloudflare) was told, in 1 call"), (result.ExitCode, result.OutputLines[^1]));
        Assert.Equal("""{"tags":["key:llms.txt"]}""", Assert.Single(stub.Calls).Body);
    }

    [Fact]
    public async Task Purge_WithACdnByUrl_EveryAddressOfEveryObject()
    {
        await _runner.RunAsync("links");
        await using var stub = await CdnStub.StartAsync();
        SetCdn(stub);

        var result = await _runner.RunAsync("purge", "--path=/dist/v26.7.0/", "--Cdn:PurgeBy=url", "--Cdn:PublicUrl=https://nodejs.org");

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("https://nodejs.org/dist/latest-v26.x/node.tar.gz", Assert.Single(stub.Calls).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Purge_CdnRefuses_FailedButTheNodesArePurged()
    {
        await using var stub = await CdnStub.StartAsync();
        SetCdn(stub);
        stub.ThenAnswer(403, "cdn-token");

        var result = await _runner.RunAsync("purge", "--key=llms.txt");

        Assert.Equal(1, result.ExitCode);
        Assert.Equal(
            [$"The CDN (cloudflare) was not told: {stub.Url.Authority} answered 403. The nodes are purged; run the command again for the CDN"],
            result.ErrorLines);
        Assert.DoesNotContain("cdn-token", result.Output + result.Error, StringComparison.Ordinal);
        Assert.NotNull(await new PublishedSite(Bucket).ReadPurgeAsync(1, Cancellation));
    }

    [Fact]
    public async Task Catalog_Written_ItsDocumentsPurgedInTheSameMove()
    {
        await _runner.RunAsync("catalog");

        var generation = (await new PublishedSite(Bucket).ReadGenerationAsync(Cancellation))!.Value.Document;
        var entry = (await new PublishedSite(Bucket).ReadPurgeAsync(1, Cancellation))!;
        Assert.Equal((1, 1), (generation.Generation, generation.Purges));
        Assert.Equal("catalog", entry.Note.Reason);
        Assert.Contains(new SurrogateKey("key", ".release-server/catalog/nodejs/release/v26.7.0/~listing.json"), entry.Note.Purge.Tags);
    }

    private void SetCdn(CdnStub stub)
    {
        _runner.Environment["Cdn__Kind"] = "cloudflare";
        _runner.Environment["Cdn__Url"] = stub.Url.AbsoluteUri;
        _runner.Environment["Cdn__Token"] = "cdn-token";
        _runner.Environment["Cdn__Zone"] = "z1";
    }
}
