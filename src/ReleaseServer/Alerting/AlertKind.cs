namespace ReleaseServer.Alerting;

/// <summary>What can go wrong, each with a name that never changes and a runbook of that name in <c>docs/sops/</c>.</summary>
internal sealed class AlertKind
{
    public static readonly AlertKind BucketDown = new("bucket-down", "Bucket down");
    public static readonly AlertKind OriginDown = new("origin-down", "Origin down") { EndsBySilence = true };
    public static readonly AlertKind Unanswered = new("unanswered", "Requests go unanswered") { EndsBySilence = true };
    public static readonly AlertKind ReplicaBehind = new("replica-behind", "Replica behind");
    public static readonly AlertKind SiteData = new("site-data", "Published site cannot be loaded");
    public static readonly AlertKind DiskTierLost = new("disk-tier-lost", "Cache disk lost");
    public static readonly AlertKind StartFailed = new("start-failed", "Server did not start");
    public static readonly AlertKind WrongBytes = new("wrong-bytes", "Bucket sends wrong bytes") { EndsBySilence = true };
    public static readonly AlertKind SettingsDrift = new("settings-drift", "Settings are not those of the next start");
    public static readonly AlertKind CertificateRefused = new("certificate-refused", "New certificate cannot be used");
    public static readonly AlertKind VerificationFailed = new("verification-failed", "Verification found faults");
    public static readonly AlertKind Unexpected = new("unexpected-error", "Unexpected error") { IsCritical = false, EndsBySilence = true };

    /// <summary>What an operator sends to see that it comes; no trouble, and so not among <see cref="All"/>.</summary>
    public static readonly AlertKind Test = new("test-alert", "Test alert");

    private AlertKind(string name, string title) => (Name, Title) = (name, title);

    public static IReadOnlyList<AlertKind> All { get; } =
    [
        BucketDown, OriginDown, Unanswered, ReplicaBehind, SiteData, DiskTierLost, StartFailed, WrongBytes, SettingsDrift, CertificateRefused,
        VerificationFailed, Unexpected,
    ];

    /// <summary>Lower case with hyphens; part of the fingerprint.</summary>
    public string Name { get; }

    /// <summary>A few words for people.</summary>
    public string Title { get; }

    /// <summary>Whether people are called for it, and not only the error tracker.</summary>
    public bool IsCritical { get; private init; } = true;

    /// <summary>
    /// Whether it is over when it has not been raised for <see cref="AlertingOptions.QuietTime"/>. Otherwise it lasts until it is resolved, however
    /// long nobody raises it again.
    /// </summary>
    public bool EndsBySilence { get; private init; }

    /// <summary>Path of its runbook in the repository.</summary>
    public string Runbook => $"docs/sops/{Name}.md";

    public override string ToString() => Name;
}
