namespace ReleaseServer.Http;

/// <summary>What a client may hold against the current representation (RFC 9110 §8.8).</summary>
/// <param name="EntityTag">Null where the representation has none, such as a listing.</param>
/// <param name="LastModified">UTC, whole seconds; null where there is none.</param>
internal readonly record struct Validators(EntityTag? EntityTag, DateTimeOffset? LastModified);
