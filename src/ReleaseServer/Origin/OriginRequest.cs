using System.Net;
using Microsoft.Extensions.Primitives;
using ReleaseServer.Http;

namespace ReleaseServer.Origin;

/// <summary>What an origin is asked: the method, the path and query, and the few fields of a client's request that choose the answer.</summary>
/// <remarks>
/// Fields are let through by name: an answer depends on no others here, cookies and credentials are none of an origin's business, and a new
/// hop-by-hop field cannot slip through. Empty fields are left out, and conditions that RFC 9110 §13.2.2 has ignored: nginx would heed them.
/// </remarks>
internal sealed class OriginRequest
{
    private static readonly HttpMethod[] Methods = [HttpMethod.Get, HttpMethod.Head];

    private readonly HttpMethod _method;
    private readonly string _target;
    private readonly List<(string Name, string Value)> _fields = [];

    /// <param name="method">GET or HEAD.</param>
    /// <param name="target">In origin form, escaped.</param>
    /// <param name="client">Told where <see cref="OriginOptions.ForwardedFor"/>; null where unknown.</param>
    /// <param name="protocol">Of the client's request, such as <c>HTTP/1.1</c>.</param>
    public OriginRequest(string method, string target, IHeaderDictionary headers, IPAddress? client, string protocol, OriginOptions options, TimeProvider clock)
    {
        _method = Methods.First(known => known.Method == method);
        _target = target;
        AddConditions(headers, clock);
        if (_method == HttpMethod.Get)
        {
            AddRange(headers, clock);
        }

        Add("Accept", Joined(headers.Accept));
        Add("User-Agent", Joined(headers.UserAgent));

        // So that lengths can be checked, tags are strong, and a body that breaks can be resumed.
        Add("Accept-Encoding", "identity");
        Add("Via", OriginLoop.Append(headers.Via, $"{protocol[(protocol.IndexOf('/', StringComparison.Ordinal) + 1)..]} {options.Name}"));
        Add(OriginLoop.CdnLoop, OriginLoop.Append(headers[OriginLoop.CdnLoop], options.Name));
        if (options.ForwardedFor && client is not null)
        {
            var address = client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client;
            Add("X-Forwarded-For", OriginLoop.Append(headers["X-Forwarded-For"], address.ToString()));
        }
    }

    /// <summary>Path and query.</summary>
    public string Target => _target;

    public bool IsHead => _method == HttpMethod.Head;

    /// <summary>Whether a part may be answered.</summary>
    public bool HasRange { get; private set; }

    /// <summary>Whether 304 or 412 may be answered.</summary>
    public bool HasConditions { get; private set; }

    /// <summary>The request as it goes to an origin; disposed by whoever sends it.</summary>
    /// <param name="rest">What is left of a body that broke off, in place of what the client asked for; null for that.</param>
    /// <param name="version">The version that the rest must be of; null for any.</param>
    public HttpRequestMessage To(OriginServer server, ByteRange? rest = null, EntityTag? version = null)
    {
        // Otherwise Uri would decode escapes and resolve dots once more.
        var address = new Uri(server.Address + _target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var message = new HttpRequestMessage(_method, address);
        foreach (var (name, value) in _fields)
        {
            if (rest is null || !IsOfSelection(name))
            {
                message.Headers.TryAddWithoutValidation(name, value);
            }
        }

        if (rest is { } range)
        {
            message.Headers.TryAddWithoutValidation("Range", string.Create(System.Globalization.CultureInfo.InvariantCulture, $"bytes={range.First}-{range.Last}"));
            if (version is { } tag)
            {
                message.Headers.TryAddWithoutValidation("If-Range", tag.ToString());
            }
        }

        return message;
    }

    private static bool IsOfSelection(string name) => name.StartsWith("If-", StringComparison.Ordinal) || name == "Range";

    private void AddConditions(IHeaderDictionary headers, TimeProvider clock)
    {
        var dates = ConditionalHeaders.Read(headers, clock);
        var before = _fields.Count;
        if (!Add("If-Match", Joined(headers.IfMatch)))
        {
            Add("If-Unmodified-Since", dates.IfUnmodifiedSince);
        }

        if (!Add("If-None-Match", Joined(headers.IfNoneMatch)))
        {
            Add("If-Modified-Since", dates.IfModifiedSince);
        }

        HasConditions = _fields.Count > before;
    }

    // As here: more than one Range field is none, and an If-Range that cannot hold (RFC 9110 §13.1.5) makes none of one.
    private void AddRange(IHeaderDictionary headers, TimeProvider clock)
    {
        var isGuarded = headers.IfRange.Count > 0;
        HasRange = headers.Range.Count == 1 && (!isGuarded || CanHold(headers.IfRange, clock)) && Add("Range", Joined(headers.Range));
        if (HasRange && isGuarded)
        {
            Add("If-Range", Joined(headers.IfRange));
        }
    }

    private static bool CanHold(StringValues ifRange, TimeProvider clock) =>
        ifRange.Count == 1
        && ((EntityTag.TryParse(ifRange[0], out var tag) && !tag.IsWeak) || HttpDate.TryParse(ifRange[0].AsSpan().Trim(Whitespace.Optional), clock, out _));

    private void Add(string name, DateTimeOffset? date) => Add(name, date is { } given ? HttpDate.Format(given) : "");

    private bool Add(string name, string value)
    {
        if (value.Length > 0)
        {
            _fields.Add((name, value));
        }

        return value.Length > 0;
    }

    // Repeated lines are one list (RFC 9110 §5.3); nginx refuses some that are repeated.
    private static string Joined(StringValues lines) => lines.Count == 0
        ? ""
        : string.Join(", ", lines.Where(static line => !string.IsNullOrWhiteSpace(line)).Select(static line => line!.Trim()));
}
