using System.Globalization;

namespace ReleaseServer.Limits;

/// <summary>How many names that are not there a client may ask the bucket for. Safe for concurrent use.</summary>
internal sealed class AbsenceLimit(LimitsOptions options, TimeProvider clock)
{
    private readonly TrustedProxies _proxies = new(options.TrustedProxies);
    private readonly string _field = options.ForwardedField == ForwardedField.Forwarded ? "Forwarded" : "X-Forwarded-For";
    private readonly TokenBuckets? _buckets = options.AbsentNamesPerSecond == 0
        ? null
        : new TokenBuckets(options.AbsentNamesPerSecond, options.AbsentNamesBurst, options.Clients, clock);

    public bool IsOn => _buckets is not null;

    /// <summary>Whom a request counts for; null where nobody knows, as without a network.</summary>
    public ClientAddress? ClientOf(HttpContext context)
    {
        if (context.Connection.RemoteIpAddress is not { } remote)
        {
            return null;
        }

        var peer = remote.IsIPv4MappedToIPv6 ? remote.MapToIPv4() : remote;
        return ClientAddress.Of(_proxies.Contains(peer)
            ? ForwardedAddresses.ClientOf(peer, context.Request.Headers[_field], options.ForwardedField, _proxies)
            : peer);
    }

    /// <summary>Takes one name off a client's account.</summary>
    /// <param name="retryAfter">Whole seconds after which there is one again, for the Retry-After field; empty where there was one.</param>
    public bool TryTake(ClientAddress client, out string retryAfter)
    {
        if (_buckets is null || _buckets.TryTake(client, out var wait))
        {
            retryAfter = "";
            return true;
        }

        retryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return false;
    }

    /// <summary>Gives it back: the name was there, or nobody could tell.</summary>
    public void Return(ClientAddress client) => _buckets?.Return(client);
}
