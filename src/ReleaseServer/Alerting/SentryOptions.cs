using ReleaseServer.Configuration;

namespace ReleaseServer.Alerting;

/// <summary>The Sentry project that is told of alerts. Named as in Sentry's own SDKs. Section <c>Sentry</c>.</summary>
internal sealed class SentryOptions
{
    /// <summary>The project's DSN. Without it, Sentry is told nothing.</summary>
    [Secret]
    [EnvironmentName("SENTRY_DSN")]
    public string? Dsn { get; set; }

    /// <summary>Where this is, in alerts of every kind. Default <c>production</c>.</summary>
    [EnvironmentName("SENTRY_ENVIRONMENT")]
    public string Environment { get; set; } = "production";

    /// <summary>Name and version of what runs. Default <c>releaseserver@</c> and the program's version.</summary>
    [EnvironmentName("SENTRY_RELEASE")]
    public string? Release { get; set; }

    /// <summary>Part of the events that is sent, 0 to 1. Default 1.</summary>
    public double SampleRate { get; set; } = 1;

    /// <summary>Breadcrumbs of one event, 0 to 100. Default 100.</summary>
    public int MaxBreadcrumbs { get; set; } = 100;

    /// <summary>Events that may wait to be sent, 1 to 10,000; more are dropped and counted. Default 30.</summary>
    public int MaxQueueItems { get; set; } = 30;

    /// <summary>Longest time at the end of the process for what still waits, 0 to 1 min. Default 2 s.</summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Whether each answer of Sentry is logged. Default false.</summary>
    public bool Debug { get; set; }
}
