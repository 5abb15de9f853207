namespace ReleaseServer.Listings;

/// <summary>What a directory shows: directories first, then files, each by the bytes of its name. Immutable.</summary>
internal sealed class DirectoryListing
{
    private readonly ListingEntry[] _entries;

    /// <param name="rows">In any order. Names that begin with a dot are hidden and left out here.</param>
    public DirectoryListing(IEnumerable<ListingEntry> rows)
    {
        _entries = [.. rows.Where(static row => !IsHidden(row.Name))];
        Array.Sort(_entries, static (left, right) => Compare(in left, in right));

        foreach (ref readonly var entry in _entries.AsSpan())
        {
            if (entry.Modified is { } modified && (LastModified is null || modified > LastModified))
            {
                LastModified = modified;
            }
        }

        // A date on the wire has whole seconds (RFC 9110 §5.6.7); a row shows no more than that either.
        if (LastModified is { UtcTicks: var ticks })
        {
            LastModified = new DateTimeOffset(ticks - (ticks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
        }
    }

    public ReadOnlySpan<ListingEntry> Entries => _entries;

    /// <summary>The newest date shown, UTC, whole seconds; null where no date is shown.</summary>
    public DateTimeOffset? LastModified { get; }

    /// <summary>How old the oldest part is that was read from a cache for want of better; zero where none was.</summary>
    public TimeSpan OldestStale { get; init; }

    public static bool IsHidden(ReadOnlySpan<char> name) => name.StartsWith('.');

    private static int Compare(in ListingEntry left, in ListingEntry right) =>
        left.IsDirectory != right.IsDirectory ? (left.IsDirectory ? -1 : 1) : NameOrder.Compare(left.Name, right.Name);
}
