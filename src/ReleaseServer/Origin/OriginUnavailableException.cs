namespace ReleaseServer.Origin;

/// <summary>No origin gave an answer that can be passed on, or the one that did broke off in the middle of it.</summary>
internal sealed class OriginUnavailableException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>
    /// Whether it says something of the origin's health. A refusal of this one request does not, nor does a lack of room here: else anybody
    /// could make the breaker open by asking for what the origin refuses.
    /// </summary>
    public bool IsFault { get; init; } = true;
}
