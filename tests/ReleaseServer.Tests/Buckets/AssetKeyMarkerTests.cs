using ReleaseServer.Buckets;

namespace ReleaseServer.Tests.Buckets;

public sealed class AssetKeyMarkerTests
{
    [Fact]
    public void TryCreateMarker_Directory_KeyThatKeepsTheSlash()
    {
        var made = AssetKey.TryCreateMarker("dist/empty/", out var key);

        Assert.True(made);
        Assert.Equal("dist/empty/", key.Value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("dist")]
    [InlineData("dist//")]
    [InlineData("dist/../")]
    [InlineData(".release-server/")]
    [InlineData(".release-server/catalog/")]
    public void TryCreateMarker_NoDirectoryThatIsServed_False(string directory) =>
        Assert.False(AssetKey.TryCreateMarker(directory, out _));

    [Theory]
    [InlineData(1023, true)]
    [InlineData(1024, false)]
    public void TryCreateMarker_LongName_UpTo1024BytesWithTheSlash(int length, bool expected) =>
        Assert.Equal(expected, AssetKey.TryCreateMarker(new string('x', length) + "/", out _));
}
