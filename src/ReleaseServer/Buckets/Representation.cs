namespace ReleaseServer.Buckets;

/// <summary>An object's metadata with the bytes selected from it; its reader disposes it, which frees the connection to the store.</summary>
/// <param name="metadata">Of the whole object, whatever part was asked for.</param>
/// <param name="body">
/// One forward read of exactly the bytes asked for. A store that ends early or breaks makes the read throw
/// <see cref="BucketUnavailableException"/>: a short body never looks whole.
/// </param>
internal sealed class Representation(RepresentationMetadata metadata, Stream body) : IAsyncDisposable
{
    public RepresentationMetadata Metadata => metadata;

    public Stream Body => body;

    public ValueTask DisposeAsync() => body.DisposeAsync();
}
