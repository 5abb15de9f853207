namespace ReleaseServer.Cdn;

/// <summary>How telling a CDN ended.</summary>
/// <param name="Calls">Requests that it took.</param>
/// <param name="Trouble">Why it was not told, or not of everything; null where it was. Never holds a secret.</param>
internal sealed record CdnResult(int Calls, string? Trouble);
