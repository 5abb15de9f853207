using ReleaseServer.Configuration;

namespace ReleaseServer.Alerting;

/// <summary>The Slack channel that is told of what people must act on. Section <c>Slack</c>.</summary>
internal sealed class SlackOptions
{
    /// <summary>Address of an incoming webhook. Without it, Slack is told nothing.</summary>
    [Secret]
    public Uri? WebhookUrl { get; set; }
}
