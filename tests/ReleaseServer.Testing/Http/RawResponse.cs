using System.Text;

namespace ReleaseServer.Testing.Http;

/// <summary>One response as it stood on the wire.</summary>
/// <param name="Version">Such as <c>HTTP/1.1</c>.</param>
/// <param name="Fields">In the order sent, repeated lines included.</param>
/// <param name="Body">Without transfer coding, with content coding.</param>
/// <param name="Framing">What ended the body.</param>
internal sealed record RawResponse(
    string Version,
    int Status,
    string Reason,
    IReadOnlyList<KeyValuePair<string, string>> Fields,
    byte[] Body,
    BodyFraming Framing)
{
    /// <summary>The body as UTF-8.</summary>
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>Whether the server said that it closes the connection (RFC 9112 §9.6), or cannot but close it.</summary>
    public bool AnnouncesClose =>
        Framing == BodyFraming.Close
        || Has("Connection", "close")
        || (Version == "HTTP/1.0" && !Has("Connection", "keep-alive"));

    /// <summary>The value of a field that must not be repeated; null where it is absent.</summary>
    /// <exception cref="FramingException">It stands there twice.</exception>
    public string? this[string name]
    {
        get
        {
            var values = Fields.Where(field => field.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).ToList();
            return values.Count <= 1 ? values.FirstOrDefault().Value : throw new FramingException($"{name} is sent {values.Count} times");
        }
    }

    /// <summary>Whether a list field has a member, whatever its case.</summary>
    public bool Has(string name, string member) =>
        this[name]?.Split(',', StringSplitOptions.TrimEntries).Contains(member, StringComparer.OrdinalIgnoreCase) ?? false;

    public override string ToString() =>
        $"{Version} {Status} {Reason}\n{string.Join('\n', Fields.Select(field => $"{field.Key}: {field.Value}"))}\n({Body.Length} bytes, by {Framing})";
}

/// <summary>What ends a response's body (RFC 9112 §6.3).</summary>
internal enum BodyFraming
{
    /// <summary>There is none: HEAD, 1xx, 204, 304.</summary>
    None,

    /// <summary><c>Content-Length</c>.</summary>
    Length,

    /// <summary>The last chunk.</summary>
    Chunked,

    /// <summary>The end of the connection.</summary>
    Close,
}

/// <summary>The bytes that came are no response by the grammar of RFC 9112, or ended before it did.</summary>
internal sealed class FramingException(string message, Exception? inner = null) : Exception(message, inner);
