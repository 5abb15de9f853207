namespace ReleaseServer.Origin;

/// <summary>One origin: where it is, how it is, and how much is asked of it.</summary>
/// <param name="url">Scheme, host and port.</param>
internal sealed class OriginServer(Uri url, OriginOptions options, TimeProvider clock) : IDisposable
{
    /// <summary>Scheme, host and port, without a closing slash: what paths are put behind, and how operators know it.</summary>
    public string Address { get; } = url.GetLeftPart(UriPartial.Authority);

    public string Host { get; } = url.IdnHost;

    public OriginHealth Health { get; } = new(clock);

    public OriginCounts Counts { get; } = new();

    /// <summary>Room for requests, held until their body is at its end.</summary>
    public SemaphoreSlim Room { get; } = new(options.MaxConnections);

    public void Dispose() => Room.Dispose();
}
