namespace ReleaseServer.Http;

internal enum RangeOutcome
{
    /// <summary>As if the request had no <c>Range</c>: 200.</summary>
    Ignored,

    /// <summary>416.</summary>
    Unsatisfiable,

    /// <summary>206; <c>multipart/byteranges</c> where there is more than one range.</summary>
    Satisfied,
}

/// <summary>What becomes of a <c>Range</c>. Immutable; one range needs no allocation.</summary>
internal readonly struct RangeSelection
{
    private readonly ByteRange _first;
    private readonly ByteRange[]? _all;

    private RangeSelection(RangeOutcome outcome, int count, ByteRange first, ByteRange[]? all) =>
        (Outcome, Count, _first, _all) = (outcome, count, first, all);

    public static RangeSelection Ignored => default;

    public static RangeSelection Unsatisfiable => new(RangeOutcome.Unsatisfiable, 0, default, null);

    public RangeOutcome Outcome { get; }

    /// <summary>How many ranges; at least 1 where the outcome is <see cref="RangeOutcome.Satisfied"/>, else 0.</summary>
    public int Count { get; }

    /// <summary>The ranges in the order asked for, each inside the representation.</summary>
    public ByteRange this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            return _all is null ? _first : _all[index];
        }
    }

    public static RangeSelection Of(ByteRange range) => new(RangeOutcome.Satisfied, 1, range, null);

    /// <param name="ranges">At least <paramref name="count"/> long; not written to afterwards.</param>
    public static RangeSelection Of(ByteRange[] ranges, int count) => new(RangeOutcome.Satisfied, count, ranges[0], ranges);
}
