using ReleaseServer.Sample;

namespace ReleaseServer.Tests.Sample;

public sealed class XzStoredWriterTests
{
    // Around the size of one chunk, and more than one of them.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65535)]
    [InlineData(65536)]
    [InlineData(65537)]
    [InlineData(300000)]
    public async Task Write_AnySize_XzGivesTheContentBack(int size)
    {
        Tool.Require("xz");
        var content = SampleBinaries.Ballast(size);

        var decoded = await Tool.RunAsync("xz", ["-dc"], XzStoredWriter.Write(content));

        Assert.Equal(content, decoded);
    }

    [Fact]
    public async Task Write_ATextOfTwoChunks_PassesTheTestOfXz()
    {
        Tool.Require("xz");

        await Tool.RunAsync("xz", ["-t"], XzStoredWriter.Write(new byte[100_000]));
    }
}
