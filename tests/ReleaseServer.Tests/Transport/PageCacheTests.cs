using ReleaseServer.Transport;

namespace ReleaseServer.Tests.Transport;

public sealed class PageCacheTests
{
    [Fact]
    public void Load_AnyRegion_HeldAfterwards()
    {
        using var content = new LentContent(3_000_000);

        PageCache.Load(content.Handle, 1_234_567, 1_000_000);

        Assert.Equal(OperatingSystem.IsLinux(), PageCache.Holds(content.Handle, 1_234_567, 1_000_000));
    }

    [Fact]
    public void Holds_BeyondTheEnd_False()
    {
        using var content = new LentContent(10);

        PageCache.Load(content.Handle, 0, 100);

        Assert.False(PageCache.Holds(content.Handle, 0, 100));
    }
}
