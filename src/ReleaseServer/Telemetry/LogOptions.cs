namespace ReleaseServer.Telemetry;

/// <summary>How log events are written.</summary>
internal enum LogFormat
{
    /// <summary>One readable line an event.</summary>
    Console,

    /// <summary>One JSON object a line.</summary>
    Json,
}

/// <summary>Least severe event that is written.</summary>
internal enum LogLevelName
{
    Debug,
    Information,
    Warning,
    Error,
}

/// <summary>What is logged and how. Section <c>Log</c>.</summary>
internal sealed class LogOptions
{
    /// <summary><c>console</c> for people, <c>json</c> for machines. Default <c>console</c>.</summary>
    public LogFormat Format { get; set; } = LogFormat.Console;

    /// <summary>Least severe event written: <c>debug</c>, <c>information</c>, <c>warning</c> or <c>error</c>. Default <c>information</c>.</summary>
    public LogLevelName Level { get; set; } = LogLevelName.Information;

    /// <summary>Whether each request is logged, one line when it is over. Default true.</summary>
    public bool Access { get; set; } = true;

    /// <summary>Events that may wait to be written, 100 to 1,000,000; more are dropped and counted. Default 10,000.</summary>
    public int QueueLength { get; set; } = 10_000;
}
