using System.Diagnostics;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using ReleaseServer.Telemetry;
using Serilog.Events;
using Serilog.Parsing;

namespace ReleaseServer.Tests.Telemetry;

public sealed class LogFormatterTests
{
    private static readonly DateTimeOffset Time = new FixedTime().GetLocalNow();

    [Theory]
    [InlineData(LogEventLevel.Debug, "DBG")]
    [InlineData(LogEventLevel.Information, "INF")]
    [InlineData(LogEventLevel.Warning, "WRN")]
    [InlineData(LogEventLevel.Error, "ERR")]
    [InlineData(LogEventLevel.Fatal, "FTL")]
    public void Console_TextsAndNumbers_PlainSentence(LogEventLevel level, string name)
    {
        var logEvent = Event("Bucket failed for {Path} after {Tries} tries, {Missing}", level, null, ("Path", "/dist/a b"), ("Tries", 3), ("Other", 1));

        Assert.Equal($"12:30:01 {name} Bucket failed for /dist/a b after 3 tries, {{Missing}}\n", OnTheConsole(logEvent));
    }

    [Fact]
    public void Console_ExceptionWithForgedLines_AllIndented()
    {
        var logEvent = Event("Failed", LogEventLevel.Error, new InvalidOperationException("first\n12:30:02 INF forged\r\u001b[2J"));

        Assert.Equal(
            "12:30:01 ERR Failed\n    System.InvalidOperationException: first\n    12:30:02 INF forged\n    \\u001b[2J\n",
            OnTheConsole(logEvent));
    }

    [Fact]
    public void Json_ExceptionTraceAndOddNames_OneObjectOnOneLine()
    {
        using var activity = new Activity("test").SetIdFormat(ActivityIdFormat.W3C).Start();
        var logEvent = new LogEvent(
            Time,
            LogEventLevel.Error,
            new InvalidOperationException("first\nsecond"),
            new MessageTemplateParser().Parse("A {B}\n"),
            [new("B", new ScalarValue("x\r\n\"y\"")), new("@m", new ScalarValue(null)), new("List", new SequenceValue([new ScalarValue(true)]))],
            activity.TraceId,
            activity.SpanId);

        var line = CollectingSink.Format(new JsonLogFormatter(), logEvent);

        var json = JsonElement.Parse(line);
        Assert.Equal(line.Length - 1, line.IndexOf('\n', StringComparison.Ordinal));
        Assert.Equal("System.InvalidOperationException: first\nsecond", json.GetProperty("@x").GetString());
        Assert.Equal("x\r\n\"y\"", json.GetProperty("B").GetString());
        Assert.Equal(JsonValueKind.Null, json.GetProperty("@@m").ValueKind);
        Assert.True(json.GetProperty("List")[0].GetBoolean());
        Assert.Equal(activity.TraceId.ToHexString(), json.GetProperty("@tr").GetString());
        Assert.Equal(activity.SpanId.ToHexString(), json.GetProperty("@sp").GetString());
    }

    [Fact]
    public void Json_EventId_LeftOut()
    {
        var logEvent = Event("A", LogEventLevel.Information, null, ("EventId", 7), ("EventIds", 8));

        Assert.EndsWith(",\"@m\":\"A\",\"EventIds\":8}\n", CollectingSink.Format(new JsonLogFormatter(), logEvent), StringComparison.Ordinal);
    }

    [Fact]
    public void Both_AnyText_OneLineWithoutControlCharacters()
    {
        Prop.ForAll<string?>(text =>
        {
            var logEvent = Event("{A} {B:q} {C}", LogEventLevel.Information, null, ("A", text), ("B", text), ("C", new Uri("http://x/")));
            var lines = new[] { OnTheConsole(logEvent), CollectingSink.Format(new JsonLogFormatter(), logEvent) };
            return lines.All(line => line[^1] == '\n' && !line[..^1].Any(char.IsControl))
                && JsonElement.Parse(lines[1]).GetProperty("A").GetString() == text;
        }).QuickCheckThrowOnFailure();
    }

    private static LogEvent Event(string template, LogEventLevel level, Exception? exception, params (string Name, object? Value)[] properties) =>
        new(
            Time,
            level,
            exception,
            new MessageTemplateParser().Parse(template),
            properties.Select(property => new LogEventProperty(property.Name, new ScalarValue(property.Value))));

    private static string OnTheConsole(LogEvent logEvent) => CollectingSink.Format(new ConsoleLogFormatter(), logEvent);
}
