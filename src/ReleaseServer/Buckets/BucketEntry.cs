using ReleaseServer.Http;

namespace ReleaseServer.Buckets;

/// <summary>One row of a bucket's listing.</summary>
/// <param name="Name">
/// The whole key. It ends in a slash for a prefix (<see cref="IsPrefix"/>) and for a marker, the zero-byte object that stands for an
/// empty directory.
/// </param>
/// <param name="IsPrefix">True for the common prefix of objects deeper down, which has neither size nor date.</param>
/// <param name="Length">Bytes; 0 for a prefix.</param>
/// <param name="Modified">
/// The store's own date. A folder's is the file's; S3 gives the date of the upload here, and the source's date only on
/// <see cref="IBucket.HeadAsync"/>. Default for a prefix.
/// </param>
/// <param name="EntityTag">Null for a prefix.</param>
internal sealed record BucketEntry(string Name, bool IsPrefix, long Length, DateTimeOffset Modified, EntityTag? EntityTag)
{
    public static BucketEntry Prefix(string name) => new(name, true, 0, default, null);
}
