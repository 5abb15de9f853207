using System.Collections.Concurrent;
using ReleaseServer.Buckets;
using ReleaseServer.Site;

namespace ReleaseServer.Releases;

/// <summary>Builds <c>index.json</c> and <c>index.tab</c> of a channel from what its bucket holds. Writes nothing.</summary>
/// <remarks>
/// The artifacts of versions that the index has already are not read again. What the index knows is never lost: a version or a value that
/// would go is a fault, and with any fault there is no new index.
/// </remarks>
/// <param name="bucket">The channel's.</param>
internal sealed class IndexBuilder(IBucket bucket)
{
    /// <exception cref="BucketUnavailableException">A bucket failed.</exception>
    public async Task<IndexBuild> BuildAsync(IndexRequest request, IProgress<IndexProgress>? progress, CancellationToken cancellationToken)
    {
        var faults = new List<string>();
        var known = ReadKnown(request, faults);
        var present = await FindVersionsAsync(request, known, cancellationToken);
        foreach (var version in request.Given.Keys.Concat(request.Reread).Concat(request.Sources.Keys).Distinct(StringComparer.Ordinal))
        {
            if (!present.ContainsKey(version) && !known.ContainsKey(version))
            {
                faults.Add($"{version}: is no version of {request.Channel.Directory}, nor in its index");
            }
        }

        if (faults.Count > 0)
        {
            return new IndexBuild(faults);
        }

        var (readings, notes) = await ReadAsync(request, known, present, progress, faults, cancellationToken);
        var entries = new List<IndexEntry>();
        foreach (var (name, version) in present)
        {
            if (Merge(request, name, version, known.GetValueOrDefault(name), readings.GetValueOrDefault(name), faults) is { } entry)
            {
                entries.Add(entry);
            }
        }

        entries.Sort((a, b) => present[b.Version].CompareTo(present[a.Version]));
        foreach (var gone in known.Keys.Where(name => !present.ContainsKey(name) && !request.Withdrawn.Contains(name)))
        {
            faults.Add($"{gone}: is in {IndexJson.FileName}, but the bucket has no directory {request.Channel.KeyOf(gone)}/; put it back, or withdraw the version");
        }

        return Finish(request, known, entries, notes, faults) with { Read = readings.Count };
    }

    private static Dictionary<string, IndexEntry> ReadKnown(IndexRequest request, List<string> faults)
    {
        if (request.Json is not { } json)
        {
            if (request.Tab is not null)
            {
                faults.Add($"{IndexTab.FileName}: is there, but {IndexJson.FileName} is not: what it knew would be lost. Put it back, or remove {IndexTab.FileName}, too");
            }

            return [];
        }

        var known = new Dictionary<string, IndexEntry>(StringComparer.Ordinal);
        foreach (var entry in IndexJson.Read(json, faults))
        {
            known.TryAdd(entry.Version, entry);
        }

        return known;
    }

    // By name: the versions that should be in the index. What it has of another form, such as a version that somebody once made by hand, stays.
    private async Task<Dictionary<string, ReleaseVersion>> FindVersionsAsync(
        IndexRequest request, Dictionary<string, IndexEntry> known, CancellationToken cancellationToken)
    {
        var directory = request.Channel.Directory.Length == 0 ? "" : request.Channel.Directory + "/";
        var names = request.Sources.Keys.ToHashSet(StringComparer.Ordinal);
        await foreach (var entry in bucket.ListAsync(directory, ListDepth.Children, cancellationToken))
        {
            if (entry.IsPrefix)
            {
                names.Add(entry.Name[directory.Length..^1]);
            }
        }

        var versions = new Dictionary<string, ReleaseVersion>(StringComparer.Ordinal);
        foreach (var name in names.Where(name => !request.Withdrawn.Contains(name)))
        {
            if (ReleaseVersion.TryParseIndexed(name, request.Channel, out var version)
                || (known.ContainsKey(name) && ReleaseVersion.TryParse(name, request.Channel, out version)))
            {
                versions.Add(name, version);
            }
        }

        return versions;
    }

    private async Task<(Dictionary<string, VersionReading> Readings, List<string> Notes)> ReadAsync(
        IndexRequest request,
        Dictionary<string, IndexEntry> known,
        Dictionary<string, ReleaseVersion> present,
        IProgress<IndexProgress>? progress,
        List<string> faults,
        CancellationToken cancellationToken)
    {
        var wanted = present.Keys
            .Where(name => request.Rebuild || !known.ContainsKey(name) || request.Sources.ContainsKey(name) || request.Reread.Contains(name))
            .ToList();
        var readings = new ConcurrentDictionary<string, VersionReading>(StringComparer.Ordinal);
        var broken = new ConcurrentBag<string>();
        var limits = new ParallelOptions { MaxDegreeOfParallelism = request.Parallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(wanted, limits, async (name, stop) =>
        {
            var source = request.Sources.GetValueOrDefault(name) ?? new VersionSource(bucket, request.Channel.KeyOf(name));
            try
            {
                var written = await FactsDocument.ReadAsync(source, stop);
                var reading = await VersionReader.ReadAsync(name, source, request.Links, withDate: !known.ContainsKey(name) && written.Date is null, stop);
                readings[name] = reading with { Facts = FactEras.Limit(present[name], reading.Facts), Written = written };
                progress?.Report(new IndexProgress(readings.Count, wanted.Count));
            }
            catch (SiteDataException exception)
            {
                foreach (var fault in exception.Faults)
                {
                    broken.Add($"{name}: {fault}");
                }
            }
        });
        faults.AddRange(broken.Order(StringComparer.Ordinal));
        var notes = readings.OrderByDescending(pair => present[pair.Key]).SelectMany(static pair => NotesOn(pair.Key, pair.Value)).ToList();
        return (new Dictionary<string, VersionReading>(readings, StringComparer.Ordinal), notes);
    }

    private static IEnumerable<string> NotesOn(string name, VersionReading reading) =>
    [
        .. reading.IsListed ? reading.Notes : [$"{name}: left out, for it has no {ShasumsFile.FileName}"],
        .. reading.Absent.Select(absent => $"{name}: {ShasumsFile.FileName} names {absent}, which is not there"),
    ];

    // Null for a version that does not go into the index.
    private static IndexEntry? Merge(
        IndexRequest request, string name, ReleaseVersion version, IndexEntry? known, VersionReading? reading, List<string> faults)
    {
        var given = request.Given.GetValueOrDefault(name) ?? VersionFacts.None;
        if (reading is null)
        {
            return known is null ? null : IndexEntry.Of(name, known.Files, given.Or(known.Facts), known.Date);
        }

        if (!reading.IsListed)
        {
            // A version without checksums is not whole yet, as it is during an upload. One that had them has lost them.
            if (known is not null)
            {
                faults.Add($"{name}: {ShasumsFile.FileName} is missing");
            }

            return known;
        }

        if (reading.Number is { } number && !Names(version, number))
        {
            faults.Add($"{name}: its artifacts are those of {number}: node_version.h says so");
        }

        var stated = given.Or(reading.Written);
        if (known is null)
        {
            var entry = IndexEntry.Of(name, reading.Files, stated.Or(reading.Facts), DateOnly.MinValue);
            AddUnknown(request, version, entry, faults);
            return entry;
        }

        return Reread(name, known, reading, stated, faults);
    }

    private static IndexEntry Reread(string name, IndexEntry known, VersionReading reading, VersionFacts stated, List<string> faults)
    {
        foreach (var token in known.Files.Except(reading.Files, StringComparer.Ordinal))
        {
            faults.Add($"{name}: files would lose {token}: its file is not there, or not in {ShasumsFile.FileName}");
        }

        // A date is that of the release; the files' own may since have been lost in a copy.
        var read = reading.Facts with { Date = null };
        if (known.Lts is { } codename && read.Lts is { Codename: null } && stated.Lts is null)
        {
            faults.Add($"{name}: lts would change from {codename} to false: node_version.h says it has no long-term support");
            read = read with { Lts = null };
        }

        return IndexEntry.Of(name, reading.Files, stated.Or(read).Or(known.Facts), known.Date);
    }

    private static void AddUnknown(IndexRequest request, ReleaseVersion version, IndexEntry entry, List<string> faults)
    {
        if (entry.Date == DateOnly.MinValue)
        {
            faults.Add($"{entry.Version}: date is not known: there is no file in its directory");
        }

        foreach (var name in request.AllowUnknown ? [] : FactEras.MissingFrom(version, entry))
        {
            faults.Add($"{entry.Version}: {name} is not known: no tarball of it states it");
        }
    }

    private static bool Names(ReleaseVersion version, string number) =>
        ReleaseVersion.TryParse(number, out var stated) && version.IsWithin(stated);

    private static IndexBuild Finish(
        IndexRequest request, Dictionary<string, IndexEntry> known, List<IndexEntry> entries, List<string> notes, List<string> faults)
    {
        CheckTab(request, known, entries, faults);
        var (json, tab) = (IndexJson.Write(entries), IndexTab.Write(entries));
        Validate(json, tab, entries, faults);
        var after = entries.ToDictionary(static entry => entry.Version, StringComparer.Ordinal);
        var changes = entries.Where(entry => !entry.Equals(known.GetValueOrDefault(entry.Version)))
            .Select(entry => new IndexChange(known.GetValueOrDefault(entry.Version), entry))
            .Concat(known.Values.Where(entry => !after.ContainsKey(entry.Version)).Select(static entry => new IndexChange(entry, null)))
            .ToList();
        var build = new IndexBuild(faults) { Entries = entries, Changes = changes, Notes = notes };
        return build.IsGood ? build with { Json = json, Tab = tab } : build;
    }

    // What only the tab knows would be lost, too.
    private static void CheckTab(IndexRequest request, Dictionary<string, IndexEntry> known, List<IndexEntry> entries, List<string> faults)
    {
        if (request.Tab is not { } tab)
        {
            return;
        }

        var after = entries.ToDictionary(static entry => entry.Version, StringComparer.Ordinal);
        foreach (var (version, lost) in IndexTab.FindLosses(tab.Span, after, faults))
        {
            // A version that the JSON form knows, and that is gone, has its fault already.
            if (after.ContainsKey(version) || !(request.Withdrawn.Contains(version) || known.ContainsKey(version)))
            {
                faults.Add($"{version}: {IndexTab.FileName} knows {lost}, which would be lost");
            }
        }
    }

    // Read back as a client would, before anyone else can.
    private static void Validate(byte[] json, byte[] tab, List<IndexEntry> entries, List<string> faults)
    {
        if (!IndexJson.Read(json, faults).SequenceEqual(entries) && faults.Count == 0)
        {
            faults.Add($"{IndexJson.FileName}: does not read back as it was meant");
        }

        IndexTab.Compare(tab, entries, faults);
    }
}
