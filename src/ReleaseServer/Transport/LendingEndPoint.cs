using System.Net;

namespace ReleaseServer.Transport;

/// <summary>An address that <see cref="LendingTransport"/> listens on, and no other transport.</summary>
internal sealed class LendingEndPoint(IPAddress address, int port) : IPEndPoint(address, port);
