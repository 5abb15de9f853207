namespace ReleaseServer.Caching;

/// <summary>Which bytes of an object are there, as runs from a first byte up to one that is not there. Not safe for concurrent use.</summary>
internal sealed class ExtentSet
{
    // In order, none touching the next. A handful at most: one for each place that somebody began to read at.
    private readonly List<(long Start, long End)> _extents = [];

    /// <summary>Adds a run of bytes, of which some may be there already.</summary>
    public void Add(long start, long end)
    {
        if (start >= end)
        {
            return;
        }

        var first = _extents.FindIndex(extent => extent.End >= start);
        if (first < 0)
        {
            _extents.Add((start, end));
            return;
        }

        var after = first;
        while (after < _extents.Count && _extents[after].Start <= end)
        {
            start = Math.Min(start, _extents[after].Start);
            end = Math.Max(end, _extents[after].End);
            after++;
        }

        _extents.RemoveRange(first, after - first);
        _extents.Insert(first, (start, end));
    }

    /// <summary>Where the bytes that begin at <paramref name="position"/> end; the position itself where there are none.</summary>
    public long EndFrom(long position)
    {
        foreach (var (start, end) in _extents)
        {
            if (position >= start && position < end)
            {
                return end;
            }
        }

        return position;
    }

    /// <summary>Where the next bytes after a position that is not there begin; <paramref name="length"/> where none do.</summary>
    public long NextStart(long position, long length)
    {
        foreach (var (start, _) in _extents)
        {
            if (start > position)
            {
                return start;
            }
        }

        return length;
    }

    /// <summary>How many bytes are there.</summary>
    public long Count()
    {
        var count = 0L;
        foreach (var (start, end) in _extents)
        {
            count += end - start;
        }

        return count;
    }
}
