namespace ReleaseServer.Transport;

/// <summary>What all connections of the transport share.</summary>
/// <param name="Pace">The slowest that a client may read.</param>
/// <param name="Inline">Whether requests run on the threads that wait for the sockets' events, or are handed to the thread pool.</param>
internal sealed record LendingSettings(ReadingPace Pace, bool Inline, TimeProvider Clock);
