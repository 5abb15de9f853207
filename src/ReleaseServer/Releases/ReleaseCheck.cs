using System.Collections.Concurrent;
using ReleaseServer.Buckets;
using ReleaseServer.Site;

namespace ReleaseServer.Releases;

/// <summary>What a promotion is to do, as a person asked for it.</summary>
/// <param name="Channel">Whose version.</param>
/// <param name="Name">The version's directory, such as <c>v26.8.0</c>.</param>
internal sealed record PromotionRequest(ReleaseChannel Channel, string Name)
{
    /// <summary>Names in the version's directory that may take the place of other bytes.</summary>
    public IReadOnlySet<string> Replace { get; init; } = new HashSet<string>();

    /// <summary>Names that may be missing though the release before has them.</summary>
    public IReadOnlySet<string> Without { get; init; } = new HashSet<string>();

    /// <summary>Why; required with <see cref="Replace"/>, null for none.</summary>
    public string? Reason { get; init; }

    /// <summary>Whether the version's row in the index says that it mends security holes; null to let its facts say so.</summary>
    public bool? Security { get; init; }

    /// <summary>The version's directory, with a slash at its end.</summary>
    public string Directory => Channel.KeyOf(Name) + "/";
}

/// <summary>A file that is to be in the version's directory.</summary>
/// <param name="Source">Its metadata in staging; null for a list of checksums that is made here.</param>
/// <param name="Content">Its bytes, where they are made here.</param>
/// <param name="IsThere">Whether production has the same bytes already.</param>
internal sealed record ReleaseFile(string Name, long Length, string Sha256, RepresentationMetadata? Source, ReadOnlyMemory<byte> Content, bool IsThere);

/// <summary>Whether a staged version is good to be published.</summary>
/// <param name="Files">With their digests; the list of checksums last. Not to be used with faults.</param>
/// <param name="Faults">All that is wrong, one line each.</param>
/// <param name="Notes">What a person may want to know.</param>
internal sealed record CheckedRelease(IReadOnlyList<ReleaseFile> Files, IReadOnlyList<string> Faults, IReadOnlyList<string> Notes)
{
    /// <summary>Faults that more files from the builders would mend, all others apart.</summary>
    public bool IsOnlyIncomplete { get; init; }
}

/// <summary>How far a check or a copy has come.</summary>
internal readonly record struct PromotionProgress(string Step, long Done, long Total);

/// <summary>Holds a staged version against its own list of checksums, the release before it, and what production has. Reads alone.</summary>
internal sealed class ReleaseCheck(StagingArea staging, IBucket production, PromotionRequest request)
{
    /// <summary>Files read at once.</summary>
    private const int AtOnce = 8;

    private readonly List<string> _faults = [];
    private readonly List<string> _missing = [];
    private readonly List<string> _notes = [];

    /// <param name="journal">Of a promotion that broke off; what it found good is not read again. Null for none.</param>
    /// <param name="unlisted">Versions that count as never published.</param>
    /// <exception cref="BucketUnavailableException">A bucket failed.</exception>
    public async Task<CheckedRelease> RunAsync(
        PromotionJournal? journal, IReadOnlyCollection<string> unlisted, IProgress<PromotionProgress>? progress, CancellationToken cancellationToken)
    {
        if (!ReleaseVersion.TryParseIndexed(request.Name, request.Channel, out var version))
        {
            var rule = request.Channel.Prerelease is { } start ? $", with a pre-release that begins with '{start}'" : ", without a pre-release";
            return new CheckedRelease(
                [], [$"{request.Name} is no version of the channel {request.Channel.Name}: its versions are named {request.Channel.Versions}{rule}"], []);
        }

        var staged = await StagedRelease.ReadAsync(staging, request.Channel, request.Name, cancellationToken);
        if (staged.Files.Count == 0)
        {
            return new CheckedRelease([], [$"{staging.Bucket.Description} holds nothing beneath {staged.Directory}"], []) { IsOnlyIncomplete = true };
        }

        _faults.AddRange(staged.Odd.Select(static name => $"{name}: no object that is served can have this name"));
        var files = ChooseMarked(staged);
        var there = await ListAsync(request.Directory, cancellationToken);
        var names = new ReleaseNames(request, version);
        var previous = await FindPreviousAsync(version, unlisted, cancellationToken);
        _faults.AddRange(names.FindForeign(files));
        var (missing, added) = names.Compare(files.Concat(there.Keys).ToHashSet(StringComparer.Ordinal), previous);
        (request.Channel.IsPartial ? _notes : _missing).AddRange(missing);
        _notes.AddRange(added);

        var digests = await HashAsync(staged, files, journal, progress, cancellationToken);
        var sums = await SumsAsync(staged, files, digests, there.Keys, cancellationToken);
        var release = await HoldAgainstProductionAsync(staged, files, digests, sums, there, cancellationToken);
        foreach (var name in request.Replace.Where(name => release.All(file => file.Name != name)))
        {
            _faults.Add($"{name}: is to be replaced, and staging does not hold it");
        }

        return new CheckedRelease(release, [.. _faults, .. _missing], _notes) { IsOnlyIncomplete = _faults.Count == 0 && _missing.Count > 0 };
    }

    // Without a marker a file may still be on its way.
    private List<string> ChooseMarked(StagedRelease staged)
    {
        if (request.Channel.Marker is not { } marker)
        {
            return [.. staged.Files.Keys];
        }

        var isSumsMarked = staged.Markers.Contains(ShasumsFile.FileName);
        foreach (var name in staged.Markers.Where(name => !staged.Files.ContainsKey(name)))
        {
            _missing.Add($"{name}: has the marker {name}{marker} and is not there");
        }

        var unmarked = staged.Files.Keys.Where(name => !staged.Markers.Contains(name) && (isSumsMarked || name != ShasumsFile.FileName)).ToList();
        (request.Channel.IsPartial ? _notes : _missing).AddRange(unmarked.Select(name => $"{name}: is not complete, for {name}{marker} is not there"));
        return [.. staged.Files.Keys.Except(unmarked)];
    }

    private async Task<Dictionary<string, BucketEntry>> ListAsync(string directory, CancellationToken cancellationToken)
    {
        var files = new Dictionary<string, BucketEntry>(StringComparer.Ordinal);
        await foreach (var entry in production.ListAsync(directory, ListDepth.All, cancellationToken))
        {
            if (entry.Name.Length > directory.Length && !entry.Name.EndsWith('/'))
            {
                files.Add(entry.Name[directory.Length..], entry);
            }
        }

        return files;
    }

    // The newest before this one of the same major version; null for the first.
    private async Task<PreviousRelease?> FindPreviousAsync(ReleaseVersion version, IReadOnlyCollection<string> unlisted, CancellationToken cancellationToken)
    {
        var channel = request.Channel.Directory.Length == 0 ? "" : request.Channel.Directory + "/";
        PreviousRelease? previous = null;
        await foreach (var entry in production.ListAsync(channel, ListDepth.Children, cancellationToken))
        {
            if (entry.IsPrefix
                && !unlisted.Contains(entry.Name)
                && ReleaseVersion.TryParseIndexed(entry.Name[channel.Length..^1], request.Channel, out var found)
                && found.Major == version.Major
                && found.CompareTo(version) < 0
                && (previous is null || found.CompareTo(previous.Version) > 0))
            {
                previous = new PreviousRelease(entry.Name[channel.Length..^1], found, []);
            }
        }

        return previous is null ? null : previous with { Files = [.. (await ListAsync(request.Channel.KeyOf(previous.Name) + "/", cancellationToken)).Keys] };
    }

    private async Task<ConcurrentDictionary<string, (string Sha256, RepresentationMetadata Source)>> HashAsync(
        StagedRelease staged, List<string> files, PromotionJournal? journal, IProgress<PromotionProgress>? progress, CancellationToken cancellationToken)
    {
        var digests = new ConcurrentDictionary<string, (string, RepresentationMetadata)>(StringComparer.Ordinal);
        var wrong = new ConcurrentBag<string>();
        var total = files.Sum(name => staged.Files[name].Length);
        long done = 0;
        var limits = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken };

        // The largest first, so that none of them is left alone at the end.
        await Parallel.ForEachAsync(files.OrderByDescending(name => staged.Files[name].Length), limits, async (name, stop) =>
        {
            var key = staged.KeyOf(name);
            var entry = staged.Files[name];
            try
            {
                if (await staging.Bucket.HeadAsync(key, stop) is { } known && journal?.FindDigest(name, known.Length, known.EntityTag) is { } digest)
                {
                    digests[name] = (digest, known);
                }
                else
                {
                    digests[name] = await HashAsync(key, stop);
                }

                var (sha256, source) = digests[name];
                if (source.Digests.FirstOrDefault(static digest => digest.Algorithm == DigestAlgorithm.Sha256) is { Hex: { } told } && told != sha256)
                {
                    wrong.Add($"{name}: has the sha256 {sha256}, and the one kept beside it in staging is {told}");
                }
            }
            catch (Exception exception) when (exception is RepresentationChangedException or WrongBytesException)
            {
                wrong.Add($"{name}: {exception.Message}");
            }

            progress?.Report(new PromotionProgress("Checking", Interlocked.Add(ref done, entry.Length), total));
        });
        _faults.AddRange(wrong.Order(StringComparer.Ordinal));
        return digests;
    }

    private async Task<(string Sha256, RepresentationMetadata Source)> HashAsync(AssetKey key, CancellationToken cancellationToken)
    {
        await using var opened = await staging.Bucket.OpenAsync(key, range: null, expected: null, cancellationToken) ?? throw new RepresentationChangedException(key);
        return (await HashingStream.HashAsync(opened.Body, cancellationToken), opened.Metadata);
    }

    private async Task<byte[]> SumsAsync(
        StagedRelease staged,
        List<string> files,
        ConcurrentDictionary<string, (string Sha256, RepresentationMetadata Source)> digests,
        IReadOnlyCollection<string> there,
        CancellationToken cancellationToken)
    {
        var sums = new ReleaseSums(request);
        var known = there.Contains(ShasumsFile.FileName) && AssetKey.TryCreate(request.Directory + ShasumsFile.FileName, out var key)
            ? (await OwnDocuments.ReadAsync(production, key, cancellationToken))?.Content
            : null;
        var actual = digests.ToDictionary(static pair => pair.Key, static pair => pair.Value.Sha256, StringComparer.Ordinal);
        var given = files.Contains(ShasumsFile.FileName) ? (await OwnDocuments.ReadAsync(staging.Bucket, staged.KeyOf(ShasumsFile.FileName), cancellationToken))?.Content : null;
        var content = sums.Check(given, known, actual, _faults, _missing, _notes);
        foreach (var name in files.Where(name => staged.Files[name].Length == 0 && sums.IsCovered(name)))
        {
            _faults.Add($"{name}: is empty");
        }

        return content;
    }

    private async Task<List<ReleaseFile>> HoldAgainstProductionAsync(
        StagedRelease staged,
        List<string> files,
        ConcurrentDictionary<string, (string Sha256, RepresentationMetadata Source)> digests,
        byte[] sums,
        Dictionary<string, BucketEntry> there,
        CancellationToken cancellationToken)
    {
        var release = new ConcurrentBag<ReleaseFile>();
        var wrong = new ConcurrentBag<string>();
        var limits = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(files.Where(name => name != ShasumsFile.FileName && digests.ContainsKey(name)), limits, async (name, stop) =>
        {
            var (sha256, source) = digests[name];
            var isThere = there.TryGetValue(name, out var entry) && await IsSameAsync(name, entry.Length, source.Length, sha256, stop);
            if (entry is not null && !isThere && !request.Replace.Contains(name))
            {
                wrong.Add($"{name}: is published already with other bytes; published files do not change (--replace {name} --reason ...)");
            }

            release.Add(new ReleaseFile(name, source.Length, sha256, source, default, isThere));
        });
        _faults.AddRange(wrong.Order(StringComparer.Ordinal));
        var digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(sums));
        var areThere = there.TryGetValue(ShasumsFile.FileName, out var published)
            && await IsSameAsync(ShasumsFile.FileName, published.Length, sums.Length, digest, cancellationToken);
        if (published is not null && !areThere && !request.Channel.IsPartial && !request.Replace.Contains(ShasumsFile.FileName))
        {
            _faults.Add($"{ShasumsFile.FileName}: is published already with other bytes; published files do not change (--replace {ShasumsFile.FileName} --reason ...)");
        }

        var isGiven = digests.TryGetValue(ShasumsFile.FileName, out var listed) && listed.Sha256 == digest;
        return
        [
            .. release.OrderBy(static file => file.Name, StringComparer.Ordinal),
            new ReleaseFile(ShasumsFile.FileName, sums.Length, digest, isGiven ? listed.Source : null, sums, areThere),
        ];
    }

    private async Task<bool> IsSameAsync(string name, long there, long length, string sha256, CancellationToken cancellationToken)
    {
        if (there != length || !AssetKey.TryCreate(request.Directory + name, out var key) || await production.HeadAsync(key, cancellationToken) is not { } metadata)
        {
            return false;
        }

        if (metadata.Digests.FirstOrDefault(static digest => digest.Algorithm == DigestAlgorithm.Sha256) is { Hex: { } told })
        {
            return told == sha256;
        }

        await using var opened = await production.OpenAsync(key, range: null, metadata.EntityTag, cancellationToken);
        return opened is not null && await HashingStream.HashAsync(opened.Body, cancellationToken) == sha256;
    }
}
