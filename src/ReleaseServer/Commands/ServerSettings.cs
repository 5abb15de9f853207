using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using ReleaseServer.Admin;
using ReleaseServer.Alerting;
using ReleaseServer.Buckets;
using ReleaseServer.Caching;
using ReleaseServer.Cdn;
using ReleaseServer.Configuration;
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

namespace ReleaseServer.Commands;

/// <summary>All settings of the server, read and validated together. A new section is one line in each member below.</summary>
internal sealed record ServerSettings(
    BucketOptions Bucket,
    ResilienceOptions Resilience,
    CacheOptions Cache,
    SiteOptions Site,
    ServerOptions Server,
    TlsOptions Tls,
    LogOptions Log,
    AdminOptions Admin,
    CdnOptions Cdn,
    AlertingOptions Alerting,
    SentryOptions Sentry,
    SlackOptions Slack,
    OriginOptions Origin,
    LimitsOptions Limits,
    OtlpOptions Otlp,
    DownloadsOptions Downloads,
    StatusOptions Status,
    ShadowOptions Shadow,
    StagingOptions Staging)
{
    /// <summary>Reads all of them again, from the same places; null where they were not read from anywhere.</summary>
    public Func<(ServerSettings? Settings, IReadOnlyList<SettingFault> Faults)>? Reread { get; init; }

    /// <summary>What alerts need of them.</summary>
    public AlertSettings Alerts => AlertsOf(Alerting, Sentry, Slack, Site.StatePath);

    /// <summary>Every setting there is.</summary>
    public static SettingsSchema Schema { get; } = new(
        (nameof(Bucket), typeof(BucketOptions)),
        (RetryOptions.Section, typeof(RetryOptions)),
        (BreakerOptions.Section, typeof(BreakerOptions)),
        (ConcurrencyOptions.Section, typeof(ConcurrencyOptions)),
        (ReplicationOptions.Section, typeof(ReplicationOptions)),
        ($"{ResilienceOptions.ReplicasSection}:*", typeof(BucketOptions)),
        (nameof(Cache), typeof(CacheOptions)),
        (nameof(Site), typeof(SiteOptions)),
        (nameof(Server), typeof(ServerOptions)),
        (nameof(Tls), typeof(TlsOptions)),
        (nameof(Log), typeof(LogOptions)),
        (nameof(Admin), typeof(AdminOptions)),
        (nameof(Cdn), typeof(CdnOptions)),
        (nameof(Alerting), typeof(AlertingOptions)),
        (nameof(Sentry), typeof(SentryOptions)),
        (nameof(Slack), typeof(SlackOptions)),
        (nameof(Origin), typeof(OriginOptions)),
        (nameof(Limits), typeof(LimitsOptions)),
        (nameof(Otlp), typeof(OtlpOptions)),
        (nameof(Downloads), typeof(DownloadsOptions)),
        (nameof(Status), typeof(StatusOptions)),
        (nameof(Shadow), typeof(ShadowOptions)),
        (StagingOptions.Section, typeof(StagingOptions)));

    /// <summary>Reads defaults, files, environment and command line, in that order of rising precedence.</summary>
    /// <param name="settingArguments">As <see cref="SettingArguments.Split"/> found them.</param>
    /// <param name="workingDirectory">Absolute; relative paths in settings start here and come out absolute.</param>
    /// <param name="faults">Everything that is wrong, one line each; empty if and only if the answer is <see langword="true"/>.</param>
    public static bool TryLoad(
        IReadOnlyList<string> settingArguments,
        string workingDirectory,
        IReadOnlyDictionary<string, string> environment,
        [NotNullWhen(true)] out ServerSettings? settings,
        out IReadOnlyList<SettingFault> faults)
    {
        var result = SettingsReader.Read(Schema, settingArguments, workingDirectory, AppContext.BaseDirectory, environment);
        settings = new ServerSettings(
            result.Bind<BucketOptions>(nameof(Bucket)),
            new ResilienceOptions
            {
                Retry = result.Bind<RetryOptions>(RetryOptions.Section),
                Breaker = result.Bind<BreakerOptions>(BreakerOptions.Section),
                Concurrency = result.Bind<ConcurrencyOptions>(ConcurrencyOptions.Section),
                Replication = result.Bind<ReplicationOptions>(ReplicationOptions.Section),
                Replicas = result.BindList<BucketOptions>(ResilienceOptions.ReplicasSection),
            },
            result.Bind<CacheOptions>(nameof(Cache)),
            result.Bind<SiteOptions>(nameof(Site)),
            result.Bind<ServerOptions>(nameof(Server)),
            result.Bind<TlsOptions>(nameof(Tls)),
            result.Bind<LogOptions>(nameof(Log)),
            result.Bind<AdminOptions>(nameof(Admin)),
            result.Bind<CdnOptions>(nameof(Cdn)),
            result.Bind<AlertingOptions>(nameof(Alerting)),
            result.Bind<SentryOptions>(nameof(Sentry)),
            result.Bind<SlackOptions>(nameof(Slack)),
            result.Bind<OriginOptions>(nameof(Origin)),
            result.Bind<LimitsOptions>(nameof(Limits)),
            result.Bind<OtlpOptions>(nameof(Otlp)),
            result.Bind<DownloadsOptions>(nameof(Downloads)),
            result.Bind<StatusOptions>(nameof(Status)),
            result.Bind<ShadowOptions>(nameof(Shadow)),
            result.Bind<StagingOptions>(StagingOptions.Section))
        {
            Reread = () => TryLoad(settingArguments, workingDirectory, environment, out var again, out var wrong) ? (again, wrong) : (null, wrong),
        };
        settings.MakePathsAbsolute(workingDirectory);

        result.Validate(new BucketOptionsValidator(), settings.Bucket);
        result.Validate(new RetryOptionsValidator(), settings.Resilience.Retry);
        result.Validate(new BreakerOptionsValidator(), settings.Resilience.Breaker);
        result.Validate(new ConcurrencyOptionsValidator(), settings.Resilience.Concurrency);
        result.Validate(new ReplicationOptionsValidator(), settings.Resilience.Replication);
        foreach (var (replica, section) in settings.Replicas())
        {
            result.Validate(new BucketOptionsValidator(section), replica);
        }

        result.Validate(new ReplicasValidator(settings.Bucket), settings.Resilience);
        result.Validate(new CacheOptionsValidator(), settings.Cache);
        result.Validate(new SiteOptionsValidator(), settings.Site);
        result.Validate(new ServerOptionsValidator(), settings.Server);
        result.Validate(new TlsOptionsValidator(settings.Server), settings.Tls);
        result.Validate(new LogOptionsValidator(), settings.Log);
        result.Validate(new AdminOptionsValidator(), settings.Admin);
        result.Validate(new CdnOptionsValidator(), settings.Cdn);
        result.Validate(new AlertingOptionsValidator(), settings.Alerting);
        result.Validate(new SentryOptionsValidator(), settings.Sentry);
        result.Validate(new SlackOptionsValidator(), settings.Slack);
        result.Validate(new OriginOptionsValidator(), settings.Origin);
        result.Validate(new LimitsOptionsValidator(), settings.Limits);
        result.Validate(new OtlpOptionsValidator(), settings.Otlp);
        result.Validate(new DownloadsOptionsValidator(), settings.Downloads);
        result.Validate(new StatusOptionsValidator(), settings.Status);
        result.Validate(new ShadowOptionsValidator(), settings.Shadow);
        result.Validate(new BucketOptionsValidator(StagingOptions.Section), settings.Staging);
        result.Validate(new StagingOptionsValidator(), settings.Staging);

        faults = result.Faults;
        settings = faults.Count == 0 ? settings : null;
        return settings is not null;
    }

    /// <summary>What alerts need of settings that are wrong elsewhere, so that somebody hears of it.</summary>
    /// <returns>Null where the settings of alerts are wrong themselves.</returns>
    public static AlertSettings? TryLoadAlerts(
        IReadOnlyList<string> settingArguments, string workingDirectory, IReadOnlyDictionary<string, string> environment)
    {
        var result = SettingsReader.Read(Schema, settingArguments, workingDirectory, AppContext.BaseDirectory, environment);
        var settings = AlertsOf(
            result.Bind<AlertingOptions>(nameof(Alerting)),
            result.Bind<SentryOptions>(nameof(Sentry)),
            result.Bind<SlackOptions>(nameof(Slack)),
            Absolute(result.Bind<SiteOptions>(nameof(Site)).StatePath, workingDirectory));
        result.Validate(new AlertingOptionsValidator(), settings.Alerting);
        result.Validate(new SentryOptionsValidator(), settings.Sentry);
        result.Validate(new SlackOptionsValidator(), settings.Slack);
        string[] sections = [nameof(Alerting), nameof(Sentry), nameof(Slack)];
        return result.Faults.Any(fault => sections.Any(section => fault.Setting.StartsWith(section + ":", StringComparison.OrdinalIgnoreCase))) ? null : settings;
    }

    /// <summary>Every setting with its value as text, for operators; secrets as <c>***</c>, what is not set as empty text.</summary>
    public static IReadOnlyList<(string Setting, string Value)> Describe(ServerSettings settings) =>
        [.. Values(settings).Select(static pair => (pair.Setting.Name, Shown(pair.Setting, pair.Value)))];

    /// <summary>The values of all secret settings that are set, so that they can be kept out of what leaves the machine.</summary>
    public static IReadOnlyList<string> SecretsOf(ServerSettings settings) =>
    [
        .. Values(settings).Where(static pair => pair.Setting.IsSecret).Select(static pair => SettingValue.Format(pair.Value)).Where(static secret => secret.Length > 0),
    ];

    /// <summary>The settings as text without secrets; a record would print its members.</summary>
    public override string ToString() => string.Join(Environment.NewLine, Describe(this).Select(pair => $"{pair.Setting}={pair.Value}"));

    /// <summary>Every setting with its value, secrets too: for nobody's eyes.</summary>
    public static IEnumerable<(SettingDefinition Setting, object? Value)> Values(ServerSettings settings)
    {
        var sections = new Dictionary<string, object>
        {
            [nameof(Bucket)] = settings.Bucket,
            [RetryOptions.Section] = settings.Resilience.Retry,
            [BreakerOptions.Section] = settings.Resilience.Breaker,
            [ConcurrencyOptions.Section] = settings.Resilience.Concurrency,
            [ReplicationOptions.Section] = settings.Resilience.Replication,
            [nameof(Cache)] = settings.Cache,
            [nameof(Site)] = settings.Site,
            [nameof(Server)] = settings.Server,
            [nameof(Tls)] = settings.Tls,
            [nameof(Log)] = settings.Log,
            [nameof(Admin)] = settings.Admin,
            [nameof(Cdn)] = settings.Cdn,
            [nameof(Alerting)] = settings.Alerting,
            [nameof(Sentry)] = settings.Sentry,
            [nameof(Slack)] = settings.Slack,
            [nameof(Origin)] = settings.Origin,
            [nameof(Limits)] = settings.Limits,
            [nameof(Otlp)] = settings.Otlp,
            [nameof(Downloads)] = settings.Downloads,
            [nameof(Status)] = settings.Status,
            [nameof(Shadow)] = settings.Shadow,
            [StagingOptions.Section] = settings.Staging,
        };
        IEnumerable<SettingDefinition> all = Schema.Settings;
        foreach (var (replica, section) in settings.Replicas())
        {
            sections[section] = replica;
            all = all.Concat(Schema.SettingsOf(section));
        }

        return all.Select(setting => (setting, setting.Property.GetValue(sections[setting.Section])));
    }

    // What is open is state of this node, as the last good links are.
    private static AlertSettings AlertsOf(AlertingOptions alerting, SentryOptions sentry, SlackOptions slack, string statePath) =>
        new(alerting, sentry, slack, statePath.Length == 0 ? "" : Path.Combine(statePath, "open-alerts"));

    private IEnumerable<(BucketOptions Replica, string Section)> Replicas() => Resilience.Replicas.Select(
        static (replica, i) => (replica, string.Create(CultureInfo.InvariantCulture, $"{ResilienceOptions.ReplicasSection}:{i}")));

    private static string Shown(SettingDefinition setting, object? value) =>
        setting.IsSecret && value is not null ? SettingValue.Mask : SettingValue.Format(value);

    private void MakePathsAbsolute(string workingDirectory)
    {
        Bucket.Path = Absolute(Bucket.Path);
        foreach (var replica in Resilience.Replicas)
        {
            replica.Path = Absolute(replica.Path);
        }

        Staging.Path = Absolute(Staging.Path);
        Cache.Path = Absolute(Cache.Path);
        Site.Path = Site.Path is { } sitePath ? Absolute(sitePath) : null;
        Site.StatePath = Absolute(Site.StatePath);
        Downloads.Path = Absolute(Downloads.Path);
        Status.Path = Absolute(Status.Path);
        Tls.CertificatePath = Tls.CertificatePath is { } certificatePath ? Absolute(certificatePath) : null;
        Tls.KeyPath = Tls.KeyPath is { } keyPath ? Absolute(keyPath) : null;

        string Absolute(string path) => ServerSettings.Absolute(path, workingDirectory);
    }

    // Empty text stays empty, for the validators to find.
    private static string Absolute(string path, string workingDirectory) => path.Length == 0 ? path : Path.GetFullPath(path, workingDirectory);
}
