using System.Diagnostics.CodeAnalysis;
using ReleaseServer.Admin;
using ReleaseServer.Buckets;
using ReleaseServer.Caching;
using ReleaseServer.Cdn;
using ReleaseServer.Configuration;
using ReleaseServer.Origin;
using ReleaseServer.Pipeline;
using ReleaseServer.Site;
using ReleaseServer.Telemetry;

namespace ReleaseServer.Commands;

/// <summary>All settings of the server, read and validated together. A new section is one line in each member below.</summary>
internal sealed record ServerSettings(
    BucketOptions Bucket,
    CacheOptions Cache,
    SiteOptions Site,
    ServerOptions Server,
    TlsOptions Tls,
    LogOptions Log,
    AdminOptions Admin,
    CdnOptions Cdn,
    OriginOptions Origin)
{
    /// <summary>Every setting there is.</summary>
    public static SettingsSchema Schema { get; } = new(
        (nameof(Bucket), typeof(BucketOptions)),
        (nameof(Cache), typeof(CacheOptions)),
        (nameof(Site), typeof(SiteOptions)),
        (nameof(Server), typeof(ServerOptions)),
        (nameof(Tls), typeof(TlsOptions)),
        (nameof(Log), typeof(LogOptions)),
        (nameof(Admin), typeof(AdminOptions)),
        (nameof(Cdn), typeof(CdnOptions)),
        (nameof(Origin), typeof(OriginOptions)));

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
            result.Bind<CacheOptions>(nameof(Cache)),
            result.Bind<SiteOptions>(nameof(Site)),
            result.Bind<ServerOptions>(nameof(Server)),
            result.Bind<TlsOptions>(nameof(Tls)),
            result.Bind<LogOptions>(nameof(Log)),
            result.Bind<AdminOptions>(nameof(Admin)),
            result.Bind<CdnOptions>(nameof(Cdn)),
            result.Bind<OriginOptions>(nameof(Origin)));
        settings.MakePathsAbsolute(workingDirectory);

        result.Validate(new BucketOptionsValidator(), settings.Bucket);
        result.Validate(new CacheOptionsValidator(), settings.Cache);
        result.Validate(new SiteOptionsValidator(), settings.Site);
        result.Validate(new ServerOptionsValidator(), settings.Server);
        result.Validate(new TlsOptionsValidator(settings.Server), settings.Tls);
        result.Validate(new LogOptionsValidator(), settings.Log);
        result.Validate(new AdminOptionsValidator(), settings.Admin);
        result.Validate(new CdnOptionsValidator(), settings.Cdn);
        result.Validate(new OriginOptionsValidator(), settings.Origin);

        faults = result.Faults;
        settings = faults.Count == 0 ? settings : null;
        return settings is not null;
    }

    /// <summary>Every setting with its value as text, for operators; secrets as <c>***</c>, what is not set as empty text.</summary>
    public static IReadOnlyList<(string Setting, string Value)> Describe(ServerSettings settings)
    {
        var sections = new Dictionary<string, object>
        {
            [nameof(Bucket)] = settings.Bucket,
            [nameof(Cache)] = settings.Cache,
            [nameof(Site)] = settings.Site,
            [nameof(Server)] = settings.Server,
            [nameof(Tls)] = settings.Tls,
            [nameof(Log)] = settings.Log,
            [nameof(Admin)] = settings.Admin,
            [nameof(Cdn)] = settings.Cdn,
            [nameof(Origin)] = settings.Origin,
        };
        return [.. Schema.Settings.Select(setting => (setting.Name, Shown(setting, setting.Property.GetValue(sections[setting.Section]))))];
    }

    /// <summary>The settings as text without secrets; a record would print its members.</summary>
    public override string ToString() => string.Join(Environment.NewLine, Describe(this).Select(pair => $"{pair.Setting}={pair.Value}"));

    private static string Shown(SettingDefinition setting, object? value) =>
        setting.IsSecret && value is not null ? SettingValue.Mask : SettingValue.Format(value);

    private void MakePathsAbsolute(string workingDirectory)
    {
        Bucket.Path = Absolute(Bucket.Path);
        Cache.Path = Absolute(Cache.Path);
        Site.Path = Site.Path is { } sitePath ? Absolute(sitePath) : null;
        Site.StatePath = Absolute(Site.StatePath);
        Tls.CertificatePath = Tls.CertificatePath is { } certificatePath ? Absolute(certificatePath) : null;
        Tls.KeyPath = Tls.KeyPath is { } keyPath ? Absolute(keyPath) : null;

        // Empty text stays empty, for the validators to find.
        string Absolute(string path) => path.Length == 0 ? path : Path.GetFullPath(path, workingDirectory);
    }
}
