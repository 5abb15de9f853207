using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Resilience;
using ReleaseServer.Site;

namespace ReleaseServer.Origin;

/// <summary>The rest of bodies that buckets broke off, from the origin.</summary>
/// <remarks>
/// What it asks is no client's request and bears our own mark against loops alone. Two servers that are each other's origin and break in the same
/// body wait for each other until <see cref="OriginOptions.StallTimeout"/>, and no longer.
/// </remarks>
internal sealed class OriginRest(OriginClient client, OriginSwitch order, CurrentSite site, OriginOptions options, TimeProvider clock) : IRestSource
{
    public async ValueTask<Stream?> OpenAsync(AssetKey key, RepresentationMetadata whole, ByteRange rest, bool isChecked, CancellationToken cancellationToken)
    {
        // In another coding its bytes would be others, and of a tag that is no digest an equal one proves nothing.
        if (order.Order == OriginOrder.Off || whole.ContentEncoding is not null || (!isChecked && !SameBytes.IsOfContent(whole.EntityTag)))
        {
            return null;
        }

        if (PathOf(key) is not { } path)
        {
            return null;
        }

        var request = new OriginRequest(HttpMethods.Get, PathEscaping.ForLocation(path), new HeaderDictionary(), client: null, HttpProtocol.Http11, options, clock);
        EntityTag? version = isChecked ? null : whole.EntityTag;
        return await client.OpenRestAsync(request, rest, whole.Length, version, cancellationToken) is { } body ? new RestStream(body, rest.Length) : null;
    }

    // By its own name rather than by a link, which may lead elsewhere at the origin.
    private string? PathOf(AssetKey key)
    {
        if (site.Snapshot is not { } snapshot)
        {
            return null;
        }

        string? byLink = null;
        foreach (var path in new PublicPaths(snapshot.Data, snapshot.Links).Of(key.Value))
        {
            if (snapshot.Data.Routes.Find(path, out var found) is not null && found == key.Value)
            {
                return path;
            }

            byLink ??= path;
        }

        return byLink;
    }

    /// <summary>Fails as a bucket's body does, for who reads it takes it for one.</summary>
    private sealed class RestStream(OriginBody body, long length) : ForwardStream
    {
        public override long Length => length;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                return await body.ReadAsync(buffer, cancellationToken);
            }
            catch (OriginUnavailableException exception)
            {
                throw new BucketUnavailableException(exception.Message, exception);
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                body.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
