namespace ReleaseServer.Transport;

/// <summary>The slowest a client may read while the server waits for it.</summary>
/// <param name="BytesPerSecond">0 for no limit.</param>
/// <param name="Window">Time over which the bytes are counted, so also the longest pause of a client, about.</param>
internal sealed record ReadingPace(long BytesPerSecond, TimeSpan Window);
