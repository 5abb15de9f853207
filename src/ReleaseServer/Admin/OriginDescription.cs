namespace ReleaseServer.Admin;

/// <summary>What <c>GET /origin</c> tells.</summary>
/// <param name="Order">As <c>POST /origin/order</c> takes it.</param>
internal sealed record OriginDescription(string Order, IReadOnlyList<OriginServerDescription> Origins);

/// <summary>One origin, in the order in which they are asked.</summary>
/// <param name="Breaker"><c>closed</c>, or <c>open</c>: then it is not asked.</param>
/// <param name="Since">When the breaker last opened or closed; the start at first.</param>
/// <param name="Trouble">The last failure; null where there was none since it last answered.</param>
/// <param name="Free">Room for so many more requests at the moment.</param>
internal sealed record OriginServerDescription(string Address, string Breaker, DateTimeOffset Since, string? Trouble, int Free);
