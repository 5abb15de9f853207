using System.Globalization;
using ReleaseServer.EndToEnd.Sites;

namespace ReleaseServer.EndToEnd.Clients;

/// <summary>curl, the client of install scripts.</summary>
public abstract class CurlTests(ReleaseSite site) : ClientTests(site)
{
    private const int CannotResume = 33;
    private const int HttpError = 22;

    [Theory]
    [InlineData("/dist/index.json")]
    [InlineData("/dist/v26.7.0/SHASUMS256.txt")]
    [InlineData(ReleaseTree.LargeFile)]
    public async Task Download_File_SameBytes(string path)
    {
        (await RunAsync("curl", "-fsS", "-o", "file", Address + path)).Expect(0);

        await AssertSameAsync(path, "file");
    }

    [Theory]
    [InlineData("/dist/latest-jod/SHASUMS256.txt")]
    [InlineData("/dist/latest-v22.x/SHASUMS256.txt")]
    [InlineData("/download/release/latest-jod/SHASUMS256.txt")]
    public async Task Download_BehindALink_TargetWithoutRedirect(string path)
    {
        var run = await RunAsync("curl", "-fsS", "-o", "file", "-w", "%{http_code} %{num_redirects}", Address + path);

        Assert.Equal("200 0", run.Expect(0).Output);
        await AssertSameAsync($"/dist/{Version}/SHASUMS256.txt", "file");
    }

    [Theory]
    [InlineData("-C", "-")]
    [InlineData("--compressed", "-C", "-")]
    public async Task Resume_PartOfAnArchive_Completed(params string[] options)
    {
        await LeavePartAsync(ReleaseTree.LargeFile, "file", 1_000_003);

        (await RunAsync("curl", ["-fsS", .. options, "-o", "file", Address + ReleaseTree.LargeFile])).Expect(0);

        await AssertSameAsync(ReleaseTree.LargeFile, "file");
    }

    [Fact]
    public async Task Resume_WholeFileThere_LeftAlone()
    {
        await LeavePartAsync(ReleaseTree.LargeFile, "file", (await ContentAsync(ReleaseTree.LargeFile)).Length);

        // 416 with the right size: curl calls it done, or says that there is nothing to resume.
        var run = await RunAsync("curl", "-sS", "-C", "-", "-o", "file", Address + ReleaseTree.LargeFile);

        Assert.True(run.ExitCode is 0 or CannotResume, run.Error);
        await AssertSameAsync(ReleaseTree.LargeFile, "file");
    }

    [Fact]
    public async Task Head_File_DescribesTheDownload()
    {
        var path = await SourceAsync(ReleaseTree.LargeFile);
        var modified = File.GetLastWriteTimeUtc(path).ToString("R", CultureInfo.InvariantCulture);

        var run = (await RunAsync("curl", "-fsSI", Address + ReleaseTree.LargeFile)).Expect(0);

        Assert.StartsWith("HTTP/1.1 200", run.Output, StringComparison.Ordinal);
        Assert.Contains($"Content-Length: {new FileInfo(path).Length}\r\n", run.Output, StringComparison.OrdinalIgnoreCase);
        Assert.Contains($"Last-Modified: {modified}\r\n", run.Output, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Content-Type: application/gzip\r\n", run.Output, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Accept-Ranges: bytes\r\n", run.Output, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("ETag: \"", run.Output, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task TimeCondition_DateOfTheFile_NotModified()
    {
        (await RunAsync("curl", "-fsSR", "-o", "file", Address + IndexTab)).Expect(0);

        var run = await RunAsync("curl", "-fsS", "-z", "file", "-o", "again", "-w", "%{http_code}", Address + IndexTab);

        Assert.Equal("304", run.Expect(0).Output);
    }

    [Fact]
    public async Task TimeCondition_DateBefore_Sent()
    {
        var run = await RunAsync(
            "curl", "-fsS", "-z", "Thu, 01 Jan 2009 00:00:00 GMT", "-o", "file", "-w", "%{http_code}", Address + IndexTab);

        Assert.Equal("200", run.Expect(0).Output);
        await AssertSameAsync(IndexTab, "file");
    }

    [Theory]
    [InlineData("/dist/index.tab")]
    [InlineData("/dist/index.tab", "--compressed")]
    [InlineData(ReleaseTree.LargeFile, "--compressed")]
    public async Task EntityTag_SavedAndCompared_NotModified(string path, params string[] options)
    {
        (await RunAsync("curl", ["-fsS", .. options, "--etag-save", "tag", "-o", "file", Address + path])).Expect(0);

        var run = await RunAsync(
            "curl", ["-fsS", .. options, "--etag-compare", "tag", "-o", "again", "-w", "%{http_code}", Address + path]);

        Assert.Equal("304", run.Expect(0).Output);
        await AssertSameAsync(path, "file");
    }

    [Theory]
    [InlineData("0-0", 0, 1)]
    [InlineData("100-199", 100, 100)]
    [InlineData("-7", -7, 7)]
    [InlineData("6291450-", 6_291_450, 6)]
    public async Task Range_OfAFile_ThoseBytes(string range, int start, int length)
    {
        var content = await ContentAsync(ReleaseTree.LargeFile);
        start = start < 0 ? content.Length + start : start;

        var run = await RunAsync(
            "curl", "-fsS", "-r", range, "-o", "part", "-w", "%{http_code} %header{content-range}", Address + ReleaseTree.LargeFile);

        Assert.Equal($"206 bytes {start}-{start + length - 1}/{content.Length}", run.Expect(0).Output);
        Assert.Equal(
            content[start..(start + length)],
            await File.ReadAllBytesAsync(Path.Combine(Home, "part"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Range_PastTheEnd_RefusedWithTheSize()
    {
        var size = (await ContentAsync(ReleaseTree.LargeFile)).Length;

        var run = await RunAsync(
            "curl", "-sS", "-r", $"{size}-", "-o", "part", "-w", "%{http_code} %header{content-range}", Address + ReleaseTree.LargeFile);

        Assert.Equal($"416 bytes */{size}", run.Expect(0).Output);
    }

    [Fact]
    public async Task IfRange_TagOfAnotherVersion_WholeFile()
    {
        var run = await RunAsync(
            "curl", "-fsS", "-r", "5-", "-H", "If-Range: \"another\"", "-o", "file", "-w", "%{http_code}", Address + ReleaseTree.LargeFile);

        Assert.Equal("200", run.Expect(0).Output);
        await AssertSameAsync(ReleaseTree.LargeFile, "file");
    }

    [Theory]
    [InlineData("/dist/v99.0.0/")]
    [InlineData("/dist/v99.0.0/SHASUMS256.txt")]
    [InlineData("/dist/latest-unknown/")]
    [InlineData("/favicon.ico")]
    public async Task Download_Absent_FailsWithExitCode(string path)
    {
        var run = await RunAsync("curl", "-fsS", "-w", "%{http_code}", Address + path);

        Assert.Equal("404", run.Expect(HttpError).Output);
    }

    [Fact]
    public async Task Post_File_MethodNotAllowed()
    {
        var run = await RunAsync("curl", "-sS", "-d", "some=data", "-o", "answer", "-w", "%{http_code}", Address + IndexTab);

        Assert.Equal("405", run.Expect(0).Output);
    }

    [Theory]
    [InlineData("/dist/../../../../../../etc/passwd")]
    [InlineData("/dist/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd")]
    [InlineData("/dist/..%2f..%2f..%2f..%2f..%2fetc/passwd")]
    [InlineData("/dist../metrics/")]
    public async Task Traversal_AboveTheTree_Refused(string path)
    {
        var run = await RunAsync("curl", "-sS", "--path-as-is", "-w", "\n%{http_code}", Address + path);

        Assert.True(run.Expect(0).Output[^3..] is "400" or "404", run.Output);
        Assert.DoesNotContain("root:", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/dist")]
    [InlineData("/dist/latest")]
    [InlineData("/download/test/awkward/dir-x")]
    public async Task Directory_WithoutSlash_RedirectLeadsToTheListing(string path)
    {
        // A name that only the client knows: a Location with any other host or port could not be followed.
        var run = await RunAsync(
            "curl",
            "-fsSL",
            "-o",
            "listing",
            "-w",
            "%{http_code} %{num_redirects} %{url_effective}",
            "--connect-to",
            $"releases.example:80:{new Uri(Address).Authority}",
            $"http://releases.example{path}");

        Assert.Equal($"200 1 http://releases.example{path}/", run.Expect(0).Output);
    }

    [Fact]
    public async Task Connection_SeveralFiles_OneIsEnough()
    {
        string[] paths = [IndexTab, "/dist/absent", "/dist/", $"/dist/{Version}/SHASUMS256.txt"];

        var run = await RunAsync(
            "curl", ["-sS", "-w", "%{stderr}%{num_connects} ", .. paths.SelectMany(path => new[] { "-o", "file", Address + path })]);

        Assert.Equal("1 0 0 0 ", run.Expect(0).Error);
    }

    [Fact]
    public async Task Http10_RangeOfAFile_PartWithoutChunks()
    {
        // As axel asks.
        var run = (await RunAsync("curl", "-fsSi", "--http1.0", "-r", "0-9", "-o", "part", "-w", "%{http_code}", Address + ReleaseTree.LargeFile))
            .Expect(0);

        var answer = await File.ReadAllTextAsync(
            Path.Combine(Home, "part"), System.Text.Encoding.Latin1, TestContext.Current.CancellationToken);
        Assert.Equal("206", run.Output);
        Assert.DoesNotContain("Transfer-Encoding", answer, StringComparison.OrdinalIgnoreCase);
    }
}

[Collection(nameof(NginxSite))]
public sealed class CurlOnNginxTests(NginxSite site) : CurlTests(site);

[Collection(nameof(FolderSite))]
public sealed class CurlOnFolderTests(FolderSite site) : CurlTests(site);

[Collection(nameof(S3Site))]
public sealed class CurlOnS3Tests(S3Site site) : CurlTests(site);
