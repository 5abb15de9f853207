namespace ReleaseServer.Listings;

/// <summary>One row of a directory's listing.</summary>
/// <param name="Name">Without the slash of a directory.</param>
/// <param name="IsDirectory">A sub-directory, or a link to a directory.</param>
/// <param name="Length">Bytes; null for a directory.</param>
/// <param name="Modified">
/// A file's own date. A directory's is the newest of any object beneath it, and null where finding it would cost too much.
/// </param>
internal readonly record struct ListingEntry(string Name, bool IsDirectory, long? Length, DateTimeOffset? Modified);
