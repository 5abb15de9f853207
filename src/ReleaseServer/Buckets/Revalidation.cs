namespace ReleaseServer.Buckets;

/// <summary>What a bucket says of a version that the caller has (RFC 9110 §13.1.2).</summary>
internal enum RevalidationOutcome
{
    /// <summary>There is no such object any more.</summary>
    Absent,

    /// <summary>The caller's version is the current one.</summary>
    Unchanged,

    /// <summary>There is another version, and here it is.</summary>
    Changed,
}

/// <param name="Outcome">What the bucket says.</param>
/// <param name="Representation">The other version, for the caller to dispose; null unless <see cref="RevalidationOutcome.Changed"/>.</param>
internal readonly record struct Revalidation(RevalidationOutcome Outcome, Representation? Representation = null);
