namespace ReleaseServer.Alerting;

/// <summary>How often what is told, to whomever. Section <c>Alerting</c>.</summary>
internal sealed class AlertingOptions
{
    /// <summary>Name of this node in alerts. Default the machine's.</summary>
    public string? Node { get; set; }

    /// <summary>
    /// Address of the directory that holds the runbooks, such as <c>https://wiki.example.org/releases/sops/</c>; an alert's runbook is
    /// <c>NAME.md</c> there. Without it, alerts name the file in the repository.
    /// </summary>
    public Uri? RunbookUrl { get; set; }

    /// <summary>Time without another one after which requests that failed, and other trouble that nobody resolves, count as over, 10 s to 24 h. Default 5 min.</summary>
    public TimeSpan QuietTime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Time after which trouble that goes on is told of again, 1 min to 7 d. Default 1 h.</summary>
    public TimeSpan RemindAfter { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// How often the same trouble may begin, end and begin again before it is told of only once in <see cref="RemindAfter"/>, 1 to 100. Default 3.
    /// </summary>
    public int Burst { get; set; } = 3;
}
