using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Testing.Buckets;

/// <summary>Adds a digest to what a bucket says of what is opened.</summary>
internal sealed class DigestingBucket(IBucket inner, ContentDigest digest) : ForwardingBucket(inner)
{
    public override async ValueTask<Representation?> OpenAsync(AssetKey key, ByteRange? range, EntityTag? expected, CancellationToken cancellationToken) =>
        await base.OpenAsync(key, range, expected, cancellationToken) is { } opened
            ? new Representation(opened.Metadata with { Digests = [digest] }, opened.Body)
            : null;
}
