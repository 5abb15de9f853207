using System.Collections.Concurrent;
using ReleaseServer.Site;

namespace ReleaseServer.Listings;

/// <summary>The rows that links add to one directory.</summary>
/// <param name="lookUp">Asks the bucket for what a link leads to; null where it leads nowhere.</param>
internal sealed class LinkRows(
    string directory,
    LinkTable links,
    DirectoryRows objects,
    Func<LinkTarget, CancellationToken, ValueTask<LinkFacts?>> lookUp)
{
    private const int LookUpParallelism = 16;

    private readonly ConcurrentDictionary<LinkTarget, LinkFacts?> _facts = new();

    /// <summary>Objects and links together. A link hides an object of its name, as it does for requests.</summary>
    /// <remarks>A link that leads nowhere has no row: its path answers 404.</remarks>
    public async ValueTask<List<ListingEntry>> MergeAsync(CancellationToken cancellationToken)
    {
        var own = OwnLinks();
        var directories = DirectoriesMadeByLinks();
        if (own.Count == 0 && directories.Count == 0)
        {
            return [.. objects.Entries];
        }

        await FindFactsAsync(own.Values, cancellationToken);

        var rows = new List<ListingEntry>(objects.Entries.Count + own.Count + directories.Count);
        foreach (var entry in objects.Entries)
        {
            if (!own.ContainsKey(entry.Name))
            {
                rows.Add(entry);
            }

            if (entry.IsDirectory)
            {
                directories.Remove(entry.Name);
            }
        }

        foreach (var (name, target) in own)
        {
            directories.Remove(name);
            if (_facts[target] is { } facts)
            {
                rows.Add(new ListingEntry(name, target.IsDirectory, target.IsDirectory ? null : facts.Length, facts.Modified));
            }
        }

        foreach (var name in directories)
        {
            rows.Add(new ListingEntry(name, IsDirectory: true, Length: null, Modified: null));
        }

        return rows;
    }

    private Dictionary<string, LinkTarget> OwnLinks()
    {
        var own = new Dictionary<string, LinkTarget>(StringComparer.Ordinal);
        foreach (var link in links.In(directory))
        {
            var name = link.Name[directory.Length..];
            if (DirectoryListing.IsHidden(name))
            {
                continue;
            }

            own[name] = new LinkTarget(links.Resolve(link.Target), link.IsDirectory);
        }

        return own;
    }

    // A link deep down makes each directory above it exist, as it would on a disk.
    private HashSet<string> DirectoriesMadeByLinks()
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var lookup = names.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var link in links.Links)
        {
            if (link.Name.StartsWith(directory, StringComparison.Ordinal))
            {
                var rest = link.Name.AsSpan(directory.Length);
                if (rest.IndexOf('/') is > 0 and var end)
                {
                    lookup.Add(rest[..end]);
                }
            }
        }

        return names;
    }

    // Cheapest first: the catalog's word, the row of a sibling, a question to the bucket; each target once.
    private ValueTask FindFactsAsync(IReadOnlyCollection<LinkTarget> targets, CancellationToken cancellationToken)
    {
        foreach (var fact in objects.LinkFacts)
        {
            _facts.TryAdd(new LinkTarget(fact.Target, fact.Directory), new LinkFacts(fact.Modified, fact.Size));
        }

        foreach (var entry in objects.Entries)
        {
            _facts.TryAdd(new LinkTarget(directory + entry.Name, entry.IsDirectory), new LinkFacts(entry.Modified, entry.Length));
        }

        var unknown = targets.Distinct().Where(target => !_facts.ContainsKey(target)).ToArray();
        return unknown.Length == 0 ? ValueTask.CompletedTask : new ValueTask(LookUpAsync(unknown, cancellationToken));
    }

    private Task LookUpAsync(LinkTarget[] targets, CancellationToken cancellationToken)
    {
        var limits = new ParallelOptions { MaxDegreeOfParallelism = LookUpParallelism, CancellationToken = cancellationToken };
        return Parallel.ForEachAsync(
            targets, limits, async (target, token) => _facts[target] = await lookUp(target, token));
    }
}

/// <param name="Key">A key or directory that is no link; no closing slash.</param>
internal readonly record struct LinkTarget(string Key, bool IsDirectory);

/// <param name="Modified">Null for a directory whose date would cost too much.</param>
/// <param name="Length">Bytes; null for a directory.</param>
internal readonly record struct LinkFacts(DateTimeOffset? Modified, long? Length);
