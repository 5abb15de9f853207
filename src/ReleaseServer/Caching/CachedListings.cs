using ReleaseServer.Buckets;

namespace ReleaseServer.Caching;

/// <summary>Keeps what the bucket lists, for directories that the catalog does not know. Safe for concurrent use.</summary>
internal sealed class CachedListings(IBucket inner, FillGate gate, ICacheRules rules, CacheClock clock, EvictionQueue memory)
{
    // Rough size of an entry: three strings and a date.
    private const int EntryBytes = 256;

    // What a name takes in a set beside its characters.
    private const int DirectoryBytes = 48;

    /// <summary>Most entries of a directory that are read to learn what directories it holds: five requests to S3.</summary>
    private const int MostEntries = 5000;

    private readonly CollapsedValues<bool> _any = new(clock, memory, static _ => 0);

    // Null for one of more entries than that.
    private readonly CollapsedValues<HashSet<string>?> _directories =
        new(clock, memory, static names => names?.Sum(static name => (2L * name.Length) + DirectoryBytes) ?? 0);

    private readonly CollapsedValues<IReadOnlyList<BucketEntry>> _lists = new(clock, memory, static entries => entries.Count * EntryBytes);

    /// <inheritdoc cref="IBucket.AnyAsync"/>
    /// <remarks>
    /// A directory is there if the one above names it. So thousands of made-up names cost no request each, but one for each directory that is
    /// really there above them.
    /// </remarks>
    /// <param name="prefix">Empty, or ends in a slash.</param>
    public async ValueTask<bool> AnyAsync(string prefix, CancellationToken cancellationToken)
    {
        if (prefix.Length > 0)
        {
            var parent = prefix[..(prefix.LastIndexOf('/', prefix.Length - 2) + 1)];
            if (parent.Length > 0 && !await AnyAsync(parent, cancellationToken))
            {
                return false;
            }

            if ((await _directories.GetAsync(parent, rules.Listings, AskDirectoriesAsync, cancellationToken)).Value is { } names)
            {
                return names.Contains(prefix);
            }
        }

        return (await _any.GetAsync(prefix, rules.Listings, AskAnyAsync, cancellationToken)).Value;
    }

    /// <summary>All entries of <see cref="IBucket.ListAsync"/>, and how they were come by.</summary>
    /// <exception cref="BucketUnavailableException">The bucket failed, and there is no list to fall back on.</exception>
    public ValueTask<(IReadOnlyList<BucketEntry> Value, CacheUse Use)> ListAsync(string prefix, ListDepth depth, CancellationToken cancellationToken) =>
        _lists.GetAsync(depth == ListDepth.All ? "*" + prefix : "/" + prefix, rules.Listings, AskListAsync, cancellationToken);

    /// <summary>Purges what may hold or be in one of the names.</summary>
    /// <param name="isNamed">Of a prefix.</param>
    public void Purge(Func<string, bool> isNamed, bool isHard)
    {
        _any.Purge(isNamed, isHard);
        _directories.Purge(isNamed, isHard);
        _lists.Purge(name => isNamed(name[1..]), isHard);
    }

    private async Task<bool> AskAnyAsync(string prefix)
    {
        using var turn = await gate.EnterAsync(ReadKind.Listing, CancellationToken.None);
        return await inner.AnyAsync(prefix, CancellationToken.None);
    }

    private async Task<HashSet<string>?> AskDirectoriesAsync(string parent)
    {
        using var turn = await gate.EnterAsync(ReadKind.Listing, CancellationToken.None);
        var (names, entries) = (new HashSet<string>(StringComparer.Ordinal), 0);
        await foreach (var entry in inner.ListAsync(parent, ListDepth.Children, CancellationToken.None))
        {
            if (++entries > MostEntries)
            {
                return null;
            }

            if (entry.Name.EndsWith('/'))
            {
                names.Add(entry.Name);
            }
        }

        return names;
    }

    private async Task<IReadOnlyList<BucketEntry>> AskListAsync(string name)
    {
        using var turn = await gate.EnterAsync(ReadKind.Listing, CancellationToken.None);
        var entries = new List<BucketEntry>();
        await foreach (var entry in inner.ListAsync(name[1..], name[0] == '*' ? ListDepth.All : ListDepth.Children, CancellationToken.None))
        {
            entries.Add(entry);
        }

        return entries;
    }
}
