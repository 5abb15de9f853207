namespace ReleaseServer.Testing.S3;

/// <summary>What <see cref="S3Stub"/> does instead of, or to, the right answer.</summary>
internal sealed record StubFault
{
    private readonly TaskCompletionSource _waits = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when a request has come to where it is held or cut.</summary>
    public Task Waits => _waits.Task;

    /// <summary>The answer waits for this, and then goes on.</summary>
    public Task? HoldUntil { get; init; }

    /// <summary>Answers with this status, and with <see cref="Code"/> or <see cref="Body"/>.</summary>
    public int? Status { get; init; }

    /// <summary>Error code of S3, sent in the XML of an error.</summary>
    public string? Code { get; init; }

    /// <summary>Body to send in place of any other, such as what is no XML.</summary>
    public string? Body { get; init; }

    /// <summary>Fields to add or replace; null removes.</summary>
    public IReadOnlyDictionary<string, string?> Fields { get; init; } = new Dictionary<string, string?>();

    /// <summary>Closes the connection after so many bytes of a body; 0 for before the first, with the head sent.</summary>
    public long? CutAfter { get; init; }

    /// <summary>Where a body is cut, this is waited for first: the reader has what was sent before.</summary>
    public Task? CutWhen { get; init; }

    /// <summary>Time before each answer.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>Time between slices of 4 KiB of a body; zero for all at once.</summary>
    public TimeSpan Drip { get; init; }

    /// <summary>Ends a body in good order after so many bytes, whatever its head announced.</summary>
    public long? EndAfter { get; init; }

    /// <summary>Announces so many bytes more than there are, or fewer: then no more than those are sent.</summary>
    public int LengthOff { get; init; }

    /// <summary>One bit of each body is not as it was stored.</summary>
    public bool Flip { get; init; }

    /// <summary>Leaves out the second half of a text, in good order and with the length of what is left.</summary>
    public bool HalveText { get; init; }

    /// <summary>Answers with bytes that are no HTTP.</summary>
    public bool Garble { get; init; }

    /// <summary>Closes the connection without an answer.</summary>
    public bool Refuse { get; init; }

    /// <summary>Sends a body without saying how long it is.</summary>
    public bool Unannounced { get; init; }

    /// <summary>Answers a range with the whole object.</summary>
    public bool IgnoreRange { get; init; }

    /// <summary>Takes every condition for true.</summary>
    public bool IgnoreConditions { get; init; }

    public void TellThatOneWaits() => _waits.TrySetResult();
}

/// <summary>A request that <see cref="S3Stub"/> has taken.</summary>
/// <param name="Method">GET, HEAD, PUT or DELETE.</param>
/// <param name="Bucket">The bucket's name.</param>
/// <param name="Key">Empty for a listing.</param>
/// <param name="Query">Decoded.</param>
/// <param name="Fields">Header fields, by name in any case.</param>
/// <param name="Aborted">Ends when the client has closed the connection before its answer was over.</param>
internal sealed record StubCall(
    string Method,
    string Bucket,
    string Key,
    IReadOnlyDictionary<string, string> Query,
    IReadOnlyDictionary<string, string> Fields,
    Task Aborted)
{
    public bool IsListing => Method == "GET" && Key.Length == 0;
}
