using System.Net;

namespace ReleaseServer.Telemetry;

/// <summary>One answered request, as the log tells it.</summary>
/// <param name="Path">The target as the client sent it.</param>
/// <param name="Status">The status the client got; 499 if it left before.</param>
/// <param name="Bytes">Bytes of the body that were sent.</param>
/// <param name="Duration">From the request's head to the end of the answer.</param>
/// <param name="ClientAddress"><see langword="null"/> if unknown.</param>
/// <param name="UserAgent">As sent; <see langword="null"/> if not.</param>
/// <param name="RequestId">Told in JSON only; may be empty where <see cref="AccessLog.TellsRequestId"/> is false.</param>
/// <param name="Origin">The address of the origin that gave the answer; <see langword="null"/>, and not told, if none did.</param>
internal readonly record struct AccessLogEntry(
    string Method,
    string Path,
    int Status,
    long Bytes,
    TimeSpan Duration,
    IPAddress? ClientAddress,
    string? UserAgent,
    string RequestId,
    string? Origin = null);
