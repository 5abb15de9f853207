using System.Net;
using System.Text.Json;
using ReleaseServer.Telemetry;
using Serilog;
using Serilog.Events;

namespace ReleaseServer.Tests.Telemetry;

public sealed class AccessLogTests
{
    private static readonly AccessLogEntry Entry =
        new("GET", "/dist/index.json", 200, 280_859, TimeSpan.FromMicroseconds(1_234), IPAddress.Loopback, "curl/7.88", "0HN1");

    private readonly CollectingSink _sink = new();

    [Fact]
    public void Write_OnTheConsole_OneReadableLine()
    {
        Write(Entry);

        Assert.Equal("12:30:01 INF GET /dist/index.json 200 280859 B 1.2 ms 127.0.0.1 \"curl/7.88\"\n", OnTheConsole());
    }

    [Fact]
    public void Write_OriginAnswered_ToldBehindTheRest()
    {
        Write(Entry with { Origin = "http://origin.example" });

        Assert.EndsWith(" \"curl/7.88\" from http://origin.example\n", OnTheConsole(), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_UnknownClient_Dashes()
    {
        Write(Entry with { ClientAddress = null, UserAgent = null });

        Assert.EndsWith(" 1.2 ms - \"-\"\n", OnTheConsole(), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_ControlCharactersInPathAndUserAgent_StaysOneHarmlessLine()
    {
        Write(Entry with { Path = "/\r\n12:30:02 ERR forged", UserAgent = "\u001b[2J\u0000\u0085\u2028\u202e\"end" });

        Assert.Equal(
            "12:30:01 INF GET /\\u000d\\u000a12:30:02 ERR forged 200 280859 B 1.2 ms 127.0.0.1 \"\\u001b[2J\\u0000\\u0085\\u2028\\u202e\\\"end\"\n",
            OnTheConsole());
    }

    [Fact]
    public void Write_AsJson_EveryPropertyOfItsType()
    {
        Write(Entry);

        var json = JsonElement.Parse(CollectingSink.Format(new JsonLogFormatter(), Assert.Single(_sink.Events)));
        Assert.Equal("2026-05-01T10:30:01.250Z", json.GetProperty("@t").GetString());
        Assert.Equal("Information", json.GetProperty("@l").GetString());
        Assert.Equal("ReleaseServer.Access", json.GetProperty("SourceContext").GetString());
        Assert.Equal("GET", json.GetProperty("Method").GetString());
        Assert.Equal("/dist/index.json", json.GetProperty("Path").GetString());
        Assert.Equal(200, json.GetProperty("Status").GetInt32());
        Assert.Equal(280_859, json.GetProperty("Bytes").GetInt64());
        Assert.Equal(1.234, json.GetProperty("Elapsed").GetDouble());
        Assert.Equal("127.0.0.1", json.GetProperty("ClientAddress").GetString());
        Assert.Equal("curl/7.88", json.GetProperty("UserAgent").GetString());
        Assert.Equal("0HN1", json.GetProperty("RequestId").GetString());
    }

    [Theory]
    [InlineData(false, LogEventLevel.Information)]
    [InlineData(true, LogEventLevel.Warning)]
    public void Write_SwitchedOffOrBelowTheLevel_NothingAndNoAllocation(bool access, LogEventLevel level)
    {
        using var log = Create(new LogOptions { Access = access }, level);
        log.Write(Entry); // the first call pays for the JIT

        var before = GC.GetAllocatedBytesForCurrentThread();
        log.Write(Entry);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.False(log.IsEnabled);
        Assert.Empty(_sink.Events);
        Assert.Equal(0, allocated);
    }

    [Fact]
    public async Task Write_QueueFull_DropsWithoutWaitingAndSaysHowMany()
    {
        using var log = Create(new LogOptions { QueueLength = 2 });
        _sink.HoldUp();
        log.Write(Entry);
        await _sink.Reached.WaitAsync(TestContext.Current.CancellationToken); // the first has left the queue

        for (var i = 0; i < 5; i++)
        {
            log.Write(Entry);
        }

        var dropped = log.DroppedEntries;
        _sink.LetGo();
        log.Dispose();

        Assert.Equal(3, dropped);
        Assert.Equal(4, _sink.Events.Count);
        Assert.Equal("3 access lines were dropped: more than 2 (Log:QueueLength) waited to be written", _sink.Messages.Last());
    }

    [Fact]
    public async Task Write_Entry_AllocatesNothing()
    {
        using var log = Create(new LogOptions());
        _sink.HoldUp();
        for (var i = 0; i < 1000; i++)
        {
            log.Write(Entry); // the queue grows to what it needs
        }

        await _sink.Reached.WaitAsync(TestContext.Current.CancellationToken);
        log.Write(Entry); // the writer is asleep in the sink, and scheduled once more
        var before = GC.GetAllocatedBytesForCurrentThread();
        log.Write(Entry);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        _sink.LetGo();

        Assert.Equal(0, allocated);
    }

    private void Write(in AccessLogEntry entry)
    {
        using var log = Create(new LogOptions());
        log.Write(entry);
    }

    private AccessLog Create(LogOptions options, LogEventLevel level = LogEventLevel.Information) =>
        new(new LoggerConfiguration().MinimumLevel.Is(level).WriteTo.Sink(_sink).CreateLogger(), options, new FixedTime());

    private string OnTheConsole() => CollectingSink.Format(new ConsoleLogFormatter(), Assert.Single(_sink.Events));
}
