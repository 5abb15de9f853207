namespace ReleaseServer.Alerting;

/// <summary>All settings of this room. Validated.</summary>
/// <param name="MarksPath">Where <see cref="AlertMarks"/> are on this node.</param>
internal sealed record AlertSettings(AlertingOptions Alerting, SentryOptions Sentry, SlackOptions Slack, string MarksPath)
{
    /// <summary>Whether anybody is told beside the log.</summary>
    public bool HasSink => Sentry.Dsn is not null || Slack.WebhookUrl is not null;

    // A record would print its members.
    public override string ToString() => HasSink ? "with sinks" : "without sinks";
}
