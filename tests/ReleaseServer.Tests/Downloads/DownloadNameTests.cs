using ReleaseServer.Downloads;

namespace ReleaseServer.Tests.Downloads;

public sealed class DownloadNameTests
{
    [Theory]
    [InlineData("nodejs/release/v22.1.0/node-v22.1.0-linux-x64.tar.xz", "release", "v22.1.0", "linux-x64")]
    [InlineData("nodejs/release/v22.1.0/node-v22.1.0.tar.gz", "release", "v22.1.0", "source")]
    [InlineData("nodejs/release/v22.1.0/node-v22.1.0-headers.tar.gz", "release", "v22.1.0", "headers")]
    [InlineData("nodejs/release/v22.1.0/node-v22.1.0-x64.msi", "release", "v22.1.0", "x64-msi")]
    [InlineData("nodejs/release/v22.1.0/node-v22.1.0.pkg", "release", "v22.1.0", "pkg")]
    [InlineData("nodejs/release/v22.1.0/win-x64/node.exe", "release", "v22.1.0", "win-x64-exe")]
    [InlineData("nodejs/release/v22.1.0/win-x64/node_pdb.7z", "release", "v22.1.0", "win-x64")]
    [InlineData("nodejs/nightly/v23.0.0-nightly20240601abcdef/node-v23.0.0-nightly20240601abcdef-darwin-arm64.tar.gz", "nightly", "v23.0.0-nightly20240601abcdef", "darwin-arm64")]
    [InlineData("1.2.3/quill-1.2.3-linux.zip", "", "1.2.3", "linux")]
    public void Of_FileOfARelease_ItsParts(string key, string channel, string version, string platform) =>
        Assert.Equal(new DownloadName(channel, version, platform), DownloadName.Of(key));

    [Theory]
    [InlineData("nodejs/release/index.json")]
    [InlineData("nodejs/release/v22.1.0/SHASUMS256.txt")]
    [InlineData("nodejs/release/v22.1.0/SHASUMS256.txt.sig")]
    [InlineData("nodejs/release/v22.1.0/docs/api/index.html")]
    [InlineData("nodejs/release/v22/x.zip")]
    [InlineData("nodejs/docs/x.tar.gz")]
    [InlineData("v22.1.0.tar.gz")]
    public void Of_AnythingElse_IsNotCounted(string key) => Assert.Null(DownloadName.Of(key));

    [Theory]
    [InlineData("a,b/v1.0.0/x-v1.0.0-linux.zip")]
    [InlineData("a/v1.0.0/x-v1.0.0-li\"nux.zip")]
    public void Of_NameThatWouldBreakATable_IsOther(string key) => Assert.Equal(DownloadName.Others, DownloadName.Of(key));
}
