using System.Collections.Concurrent;

namespace ReleaseServer.Releases;

/// <summary>What a verification looks at.</summary>
internal enum VerifyArea
{
    /// <summary>The bytes of assets, by the <c>SHASUMS256.txt</c> of their directory.</summary>
    Checksums,

    /// <summary>The catalog's documents, by the names and sizes in the bucket.</summary>
    Catalog,

    /// <summary>The index of each channel, by its versions and their files.</summary>
    Index,

    /// <summary>The published links, by their targets and by the site's rules.</summary>
    Links,

    /// <summary>What a node keeps on its disk, by its own record and by the bucket.</summary>
    Cache,
}

/// <summary>Something that is not as it should be.</summary>
/// <param name="Key">The object, directory or link it is about.</param>
/// <param name="Text">What is wrong with it.</param>
internal sealed record Finding(VerifyArea Area, string Key, string Text)
{
    public override string ToString() => $"{Key}: {Text}";
}

/// <summary>How far a verification has come.</summary>
internal readonly record struct VerifyProgress(VerifyArea Area, long Done, long Total, long Bytes);

/// <summary>What a verification saw and found. Safe for concurrent use while it is being made.</summary>
internal sealed class VerifyReport
{
    /// <summary>How many findings are kept; of a bucket that is broken all over, the count says enough.</summary>
    public const int MostFindings = 10_000;

    private readonly ConcurrentQueue<Finding> _findings = [];
    private readonly ConcurrentDictionary<VerifyArea, long> _checked = [];
    private long _count;
    private long _bytes;

    /// <summary>The first of them, by area and key.</summary>
    public IReadOnlyList<Finding> Findings =>
        [.. _findings.OrderBy(static finding => finding.Area).ThenBy(static finding => finding.Key, StringComparer.Ordinal)];

    public long Count => Interlocked.Read(ref _count);

    /// <summary>Bytes of bodies that were read and hashed.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>By area that was looked at, how many files, documents, versions or links.</summary>
    public IReadOnlyDictionary<VerifyArea, long> Checked => _checked;

    public void Add(VerifyArea area, string key, string text)
    {
        if (Interlocked.Increment(ref _count) <= MostFindings)
        {
            _findings.Enqueue(new Finding(area, key, text));
        }
    }

    public long CountChecked(VerifyArea area, long bytes = 0)
    {
        Interlocked.Add(ref _bytes, bytes);
        return _checked.AddOrUpdate(area, 1, static (_, count) => count + 1);
    }

    /// <summary>Notes that an area was looked at, though there may be nothing in it.</summary>
    public void Begin(VerifyArea area) => _checked.TryAdd(area, 0);
}
