namespace ReleaseServer.Caching;

/// <summary>How long a kind of object may be answered from the cache (RFC 9111 §4.2, RFC 5861). Immutable.</summary>
/// <param name="Name">A word of the site data, such as <c>release</c>; also the surrogate key <c>class:release</c>.</param>
/// <param name="Lifetime">Time after the bucket vouched for it that an entry is fresh.</param>
/// <param name="StaleWhileRevalidate">Time after that in which it is still answered at once, while the bucket is asked (RFC 5861 §3).</param>
/// <param name="StaleIfError">Time after the end of freshness in which it is answered when the bucket fails (RFC 5861 §4).</param>
internal sealed record FreshnessClass(string Name, TimeSpan Lifetime, TimeSpan StaleWhileRevalidate, TimeSpan StaleIfError)
{
    /// <summary>Whether objects of this class never change once they are there.</summary>
    public bool IsImmutable { get; init; }

    /// <summary>Whether an object must parse as JSON before it replaces one that does.</summary>
    public bool MustBeJson { get; init; }
}
