using ReleaseServer.Supervision;

namespace ReleaseServer.Tests.Supervision;

public sealed class NotifySocketTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Send_Notice_ReachesTheManager(bool isAbstract)
    {
        using var manager = new ServiceManager(isAbstract);
        using var socket = new NotifySocket(manager.Address);

        Assert.Null(socket.Send("READY=1\nSTATUS=Hello"));

        Assert.Equal("READY=1\nSTATUS=Hello", await manager.ReadAsync());
    }

    [Fact]
    public void Send_NobodyThere_SaysSo()
    {
        using var socket = new NotifySocket("/nowhere/notify");

        Assert.NotNull(socket.Send("READY=1"));
    }

    [Theory]
    [InlineData("relative")]
    [InlineData("vsock:2:1234")]
    [InlineData("/")]
    public void New_NoAddress_Refused(string address) => Assert.Throws<ArgumentException>(() => new NotifySocket(address));

    [Theory]
    [InlineData("30000000", null, 30.0)]
    [InlineData("30000000", "42", 30.0)]
    [InlineData("30000000", "43", null)]
    [InlineData("0", null, null)]
    [InlineData("soon", null, null)]
    [InlineData(null, null, null)]
    public void WatchdogTime_Variables_OnlyForThisProcess(string? microseconds, string? processId, double? seconds)
    {
        var environment = new Dictionary<string, string>();
        if (microseconds is not null)
        {
            environment["WATCHDOG_USEC"] = microseconds;
        }

        if (processId is not null)
        {
            environment["WATCHDOG_PID"] = processId;
        }

        Assert.Equal(seconds, WatchdogTime.Of(environment, processId: 42)?.TotalSeconds);
    }
}
