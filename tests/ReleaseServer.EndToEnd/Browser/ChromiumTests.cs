using ReleaseServer.EndToEnd.Clients;
using ReleaseServer.EndToEnd.Processes;
using ReleaseServer.EndToEnd.Sites;

namespace ReleaseServer.EndToEnd.Browser;

/// <summary>A person with a browser: looks at a listing, goes into a version, takes a file.</summary>
public abstract class ChromiumTests(ReleaseSite site) : ClientTests(site)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Listing_ClickedThrough_FileArrives()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Longest);
        await using var chromium = await ChromiumProcess.StartAsync(Find("chromium"), Home);
        await using var page = await DevTools.OpenAsync(chromium.DevToolsAddress, limit.Token);

        await page.NavigateAsync($"{Address}/dist/", limit.Token);
        var title = await page.EvaluateAsync("document.title", limit.Token);
        await KeepAsync("dist", await page.CaptureAsync(limit.Token));
        await page.FollowAsync($"{Version}/", limit.Token);
        var heading = await page.EvaluateAsync("document.querySelector('h1').textContent", limit.Token);
        await KeepAsync("version", await page.CaptureAsync(limit.Token));
        var archive = Archive(Version, "xz");
        // A name longer than its column is cut in the text, not in the address.
        var name = Path.GetFileName(archive);
        var downloaded = await page.DownloadAsync(name, Home, limit.Token);

        Assert.Equal("Index of /dist/", title);
        Assert.Equal($"Index of /dist/{Version}/", heading);
        Assert.Equal(name, downloaded);
        await AssertSameAsync(archive, downloaded);
    }

    [Fact]
    public async Task AwkwardNames_Links_LeadToThoseNames()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Longest);
        await using var chromium = await ChromiumProcess.StartAsync(Find("chromium"), Home);
        await using var page = await DevTools.OpenAsync(chromium.DevToolsAddress, limit.Token);
        await page.NavigateAsync(Address + ReleaseTree.AwkwardDirectory, limit.Token);

        var texts = await page.EvaluateAsync(
            "Promise.all([...document.links].slice(1).map(async link => (await fetch(link.href)).status + ' ' + decodeURIComponent(link.pathname))).then(all => all.join('\\n'))",
            limit.Token);
        await KeepAsync("awkward", await page.CaptureAsync(limit.Token));

        var source = await SourceAsync(ReleaseTree.AwkwardDirectory);
        var expected = new DirectoryInfo(source).GetFileSystemInfos()
            .Where(entry => !entry.Name.StartsWith('.'))
            .Select(entry => $"200 {ReleaseTree.AwkwardDirectory}{entry.Name}{(entry is DirectoryInfo ? "/" : string.Empty)}")
            .Order(StringComparer.Ordinal);
        Assert.Equal(expected, texts.Split('\n').Order(StringComparer.Ordinal));
    }

    // For people to look at.
    private async Task KeepAsync(string name, byte[] picture)
    {
        var directory = Directory.CreateDirectory(Path.Combine(Repository.Root, "tests", ".work", "screenshots")).FullName;
        await File.WriteAllBytesAsync(
            Path.Combine(directory, $"{GetType().Name}-{name}.png"), picture, TestContext.Current.CancellationToken);
    }
}

[Collection(nameof(NginxSite))]
public sealed class ChromiumOnNginxTests(NginxSite site) : ChromiumTests(site);

[Collection(nameof(FolderSite))]
public sealed class ChromiumOnFolderTests(FolderSite site) : ChromiumTests(site);

[Collection(nameof(S3Site))]
public sealed class ChromiumOnS3Tests(S3Site site) : ChromiumTests(site);
