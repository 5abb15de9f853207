using Microsoft.Extensions.Primitives;

namespace ReleaseServer.Http;

/// <summary>The preconditions a request states (RFC 9110 §13.1), <c>If-Range</c> excepted: that is <see cref="IfRange"/>.</summary>
internal readonly struct ConditionalHeaders
{
    public EntityTagCondition? IfMatch { get; init; }

    /// <summary>Null where absent, and where RFC 9110 §13.1.4 has it ignored: not a date, or not one.</summary>
    public DateTimeOffset? IfUnmodifiedSince { get; init; }

    public EntityTagCondition? IfNoneMatch { get; init; }

    /// <summary>Null where absent, and where RFC 9110 §13.1.3 has it ignored: not a date, or not one.</summary>
    public DateTimeOffset? IfModifiedSince { get; init; }

    /// <summary>Whether there is anything to evaluate.</summary>
    public bool Any => IfMatch.HasValue || IfUnmodifiedSince.HasValue || IfNoneMatch.HasValue || IfModifiedSince.HasValue;

    public static ConditionalHeaders Read(IHeaderDictionary headers, TimeProvider clock) => new()
    {
        IfMatch = EntityTagCondition.Parse(headers.IfMatch),
        IfUnmodifiedSince = ReadDate(headers.IfUnmodifiedSince, clock),
        IfNoneMatch = EntityTagCondition.Parse(headers.IfNoneMatch),
        IfModifiedSince = ReadDate(headers.IfModifiedSince, clock),
    };

    private static DateTimeOffset? ReadDate(StringValues lines, TimeProvider clock) =>
        lines.Count == 1 && HttpDate.TryParse(lines[0].AsSpan().Trim(Whitespace.Optional), clock, out var date) ? date : null;
}
