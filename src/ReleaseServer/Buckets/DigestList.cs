using System.Collections;

namespace ReleaseServer.Buckets;

/// <summary>Digests of one object, strongest first. Immutable; equal by content, so that the metadata that holds it is.</summary>
internal sealed class DigestList(IEnumerable<ContentDigest> digests) : IReadOnlyList<ContentDigest>
{
    public static readonly DigestList None = new([]);

    private readonly ContentDigest[] _digests = [.. digests];

    public int Count => _digests.Length;

    public ContentDigest this[int index] => _digests[index];

    public IEnumerator<ContentDigest> GetEnumerator() => ((IEnumerable<ContentDigest>)_digests).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override bool Equals(object? obj) => obj is DigestList other && _digests.AsSpan().SequenceEqual(other._digests);

    public override int GetHashCode() => _digests.Length == 0 ? 0 : _digests[0].GetHashCode();
}
