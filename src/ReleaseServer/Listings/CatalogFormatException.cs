namespace ReleaseServer.Listings;

/// <summary>A catalog document is not what <see cref="CatalogDocument"/> says it is; the directory has to be listed another way.</summary>
internal sealed class CatalogFormatException(string message, Exception? inner = null) : Exception(message, inner);
