using ReleaseServer.Admin;
using ReleaseServer.Alerting;
using ReleaseServer.Buckets;
using ReleaseServer.Caching;
using ReleaseServer.Cdn;
using ReleaseServer.Commands;
using ReleaseServer.Downloads;
using ReleaseServer.Limits;
using ReleaseServer.Origin;
using ReleaseServer.Pipeline;
using ReleaseServer.Releases;
using ReleaseServer.Resilience;
using ReleaseServer.Shadow;
using ReleaseServer.Site;
using ReleaseServer.Status;
using ReleaseServer.Telemetry;

namespace ReleaseServer.Testing.Server;

/// <summary>Settings of servers in tests: the defaults, without what happens by itself.</summary>
internal static class ServerSettingsOfTest
{
    /// <param name="state">What the server leaves behind goes there.</param>
    public static ServerSettings Create(DirectoryInfo state) => new(
        new BucketOptions(),
        // What fails is not tried again: buckets of tests count what they are asked, and on a clock that stands a wait before another try would
        // have no end. Tests of resilience set it themselves.
        new ResilienceOptions { Retry = new RetryOptions { Attempts = 1 }, Breaker = new BreakerOptions { Failures = 1000 } },
        new CacheOptions { Enabled = false },
        new SiteOptions { PollInterval = TimeSpan.FromHours(1), StatePath = state.FullName },
        new ServerOptions(),
        new TlsOptions(),
        new LogOptions(),
        new AdminOptions(),
        new CdnOptions(),
        new AlertingOptions(),
        new SentryOptions(),
        new SlackOptions(),
        new OriginOptions(),
        new LimitsOptions(),
        new OtlpOptions(),
        new DownloadsOptions { Path = Path.Combine(state.FullName, "downloads") },
        new StatusOptions { Enabled = false, Path = Path.Combine(state.FullName, "status") },
        new ShadowOptions(),
        new StagingOptions());
}
