namespace ReleaseServer.Limits;

/// <summary>The field by which proxies name the client.</summary>
internal enum ForwardedField
{
    /// <summary><c>X-Forwarded-For</c>, of no standard and of nearly all proxies.</summary>
    XForwardedFor,

    /// <summary><c>Forwarded</c> (RFC 7239).</summary>
    Forwarded,
}

/// <summary>What one client may ask of the bucket in vain. Section <c>Limits</c>.</summary>
internal sealed class LimitsOptions
{
    /// <summary>Names a second that one client may ask the bucket for and that are not there, 0 to 1,000,000; 0 for no limit. Default 20.</summary>
    public int AbsentNamesPerSecond { get; set; } = 20;

    /// <summary>How many it may ask for at once before that, 1 to 1,000,000. Default 1,000.</summary>
    public int AbsentNamesBurst { get; set; } = 1_000;

    /// <summary>Clients that are remembered, 100 to 10,000,000, at about 100 bytes each; beyond, the one seen longest ago is forgotten. Default 100,000.</summary>
    public int Clients { get; set; } = 100_000;

    /// <summary>Networks of proxies whose word for the client's address is taken, as CIDR or single addresses. Default none.</summary>
    public string[] TrustedProxies { get; set; } = [];

    /// <summary>The field by which they give it; the other is ignored, for a proxy may pass on what a client made up. Default <c>x-forwarded-for</c>.</summary>
    public ForwardedField ForwardedField { get; set; } = ForwardedField.XForwardedFor;
}
