using System.Diagnostics;

namespace ReleaseServer.Telemetry;

/// <summary>Spans of a request on its way through the chains. Nobody listens unless traces are sent away, and then nothing is made.</summary>
internal static class Tracing
{
    public const string SourceName = "ReleaseServer";

    public static ActivitySource Source { get; } = new(SourceName);

    /// <summary>The span of a whole request; null where it is not sampled.</summary>
    /// <remarks>A trace begins here: what strangers send as <c>traceparent</c> would let them decide what is recorded.</remarks>
    /// <param name="target">As the client sent it; told without its query.</param>
    public static Activity? BeginRequest(string method, string target)
    {
        var activity = Source.StartActivity("request", ActivityKind.Server, new ActivityContext());
        if (activity is not null)
        {
            var query = target.IndexOf('?', StringComparison.Ordinal);
            activity.SetTag("http.request.method", method);
            activity.SetTag("url.path", query < 0 ? target : target[..query]);
        }

        return activity;
    }

    /// <summary>The span of one question to a bucket or an origin; null where nobody listens or the request is not sampled.</summary>
    /// <param name="name">Such as <c>bucket</c>.</param>
    /// <param name="peer">Who is asked.</param>
    public static Activity? BeginQuestion(string name, string peer)
    {
        // Without a request above it, as for what nodes poll, it would be a trace of its own.
        if (!Source.HasListeners() || Activity.Current is null)
        {
            return null;
        }

        var activity = Source.StartActivity(name, ActivityKind.Client);
        activity?.SetTag("peer.service", peer);
        return activity;
    }
}
