namespace ReleaseServer.Alerting;

/// <summary>What can go wrong, each with a name that never changes and a runbook of that name in <c>docs/sops/</c>.</summary>
internal sealed class AlertKind
{
    public static readonly AlertKind BucketDown = new("bucket-down", isCritical: true);
    public static readonly AlertKind OriginDown = new("origin-down", isCritical: true);
    public static readonly AlertKind Unanswered = new("unanswered", isCritical: true);
    public static readonly AlertKind ReplicaBehind = new("replica-behind", isCritical: true);
    public static readonly AlertKind SiteData = new("site-data", isCritical: true);
    public static readonly AlertKind DiskTierLost = new("disk-tier-lost", isCritical: true);
    public static readonly AlertKind StartFailed = new("start-failed", isCritical: true);
    public static readonly AlertKind WrongBytes = new("wrong-bytes", isCritical: true);
    public static readonly AlertKind Unexpected = new("unexpected-error", isCritical: false);

    private AlertKind(string name, bool isCritical) => (Name, IsCritical) = (name, isCritical);

    public static IReadOnlyList<AlertKind> All { get; } =
    [
        BucketDown, OriginDown, Unanswered, ReplicaBehind, SiteData, DiskTierLost, StartFailed, WrongBytes, Unexpected,
    ];

    /// <summary>Lower case with hyphens; part of the fingerprint.</summary>
    public string Name { get; }

    /// <summary>Whether people are called for it, and not only the error tracker.</summary>
    public bool IsCritical { get; }

    public override string ToString() => Name;
}
