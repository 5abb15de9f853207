namespace ReleaseServer.Http;

/// <summary>The value of <c>If-Range</c> (RFC 9110 §13.1.5): whether the bytes the client already has are of this representation.</summary>
internal readonly struct IfRange
{
    private readonly bool _stated;
    private readonly EntityTag? _tag;
    private readonly DateTimeOffset? _date;

    private IfRange(EntityTag? tag, DateTimeOffset? date) => (_stated, _tag, _date) = (true, tag, date);

    public static IfRange Read(IHeaderDictionary headers, TimeProvider clock)
    {
        var lines = headers.IfRange;
        if (lines.Count != 1)
        {
            return lines.Count == 0 ? default : new IfRange(null, null);
        }

        var text = lines[0].AsSpan().Trim(Whitespace.Optional);
        if (EntityTag.TryParse(text, out var tag))
        {
            return new IfRange(tag, null);
        }

        return new IfRange(null, HttpDate.TryParse(text, clock, out var date) ? date : null);
    }

    /// <summary>
    /// True where the field is absent, names the current tag strongly, or repeats <c>Last-Modified</c> to the second. Anything
    /// else, garbage and repeated lines included, is false: sending all of it is always right, joining wrong halves never.
    /// </summary>
    public bool Holds(in Validators current)
    {
        if (!_stated)
        {
            return true;
        }

        if (_tag is { } tag)
        {
            return current.EntityTag is { } currentTag && tag.EqualsStrongly(currentTag);
        }

        return _date is { } date && date == current.LastModified;
    }
}
