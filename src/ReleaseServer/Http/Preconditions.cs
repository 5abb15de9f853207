namespace ReleaseServer.Http;

internal enum PreconditionOutcome
{
    Proceed,

    /// <summary>304 for GET and HEAD.</summary>
    NotModified,

    /// <summary>412.</summary>
    Failed,
}

/// <summary>Evaluates conditional GET and HEAD requests.</summary>
/// <remarks>
/// Order and precedence: RFC 9110 §13.2.2. An entity tag, where sent, silences the date beside it. A date says nothing about a
/// representation without one: the comparison with null is false both times.
/// </remarks>
internal static class Preconditions
{
    public static PreconditionOutcome Evaluate(in ConditionalHeaders request, in Validators current)
    {
        var refused = request.IfMatch is { } ifMatch
            ? !ifMatch.MatchesStrongly(current.EntityTag)
            : request.IfUnmodifiedSince < current.LastModified;
        if (refused)
        {
            return PreconditionOutcome.Failed;
        }

        var unchanged = request.IfNoneMatch is { } ifNoneMatch
            ? ifNoneMatch.MatchesWeakly(current.EntityTag)
            : request.IfModifiedSince >= current.LastModified;
        return unchanged ? PreconditionOutcome.NotModified : PreconditionOutcome.Proceed;
    }
}
