using System.Globalization;
using System.IO.Compression;
using System.Net.Sockets;
using System.Text;

namespace ReleaseServer.EndToEnd.Parity;

/// <summary>One request, sent byte for byte as written, and its answer.</summary>
internal static class RawExchange
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    /// <summary>Sends a request on a connection of its own, with a Host field and <c>Connection: close</c>, and reads until the server closes.</summary>
    /// <param name="address">Where to connect.</param>
    /// <param name="method">As it goes on the request line.</param>
    /// <param name="target">As it goes on the request line; nothing is escaped or resolved.</param>
    /// <param name="fields">Header fields after the Host field, <c>Name: value</c>.</param>
    public static async Task<RawResponse> SendAsync(Uri address, string method, string target, IEnumerable<string> fields)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Longest);
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(address.Host, address.Port, limit.Token);
        await using var stream = client.GetStream();
        var head = string.Join("\r\n", [$"{method} {target} HTTP/1.1", $"Host: {address.Authority}", .. fields, "Connection: close", "", ""]);
        await stream.WriteAsync(Encoding.UTF8.GetBytes(head), limit.Token);

        using var answer = new MemoryStream();
        await stream.CopyToAsync(answer, limit.Token);
        return RawResponse.Parse(answer.ToArray(), hasBody: method != "HEAD");
    }
}

/// <summary>An answer as it came: fields in their order, the body out of its chunks and its content coding.</summary>
/// <param name="Status">The status code.</param>
/// <param name="Fields">Name and value of each field.</param>
/// <param name="Body">The representation; empty where the answer has none.</param>
internal sealed record RawResponse(int Status, IReadOnlyList<(string Name, string Value)> Fields, byte[] Body)
{
    private const int BodilessNoContent = 204;
    private const int BodilessNotModified = 304;

    /// <summary>The value of a field, several joined by commas; <see langword="null"/> when it is absent.</summary>
    public string? this[string name]
    {
        get
        {
            var values = Fields.Where(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(field => field.Value).ToArray();
            return values.Length == 0 ? null : string.Join(", ", values);
        }
    }

    /// <exception cref="InvalidDataException">The answer is no HTTP, or its body is not as long as its head says.</exception>
    public static RawResponse Parse(byte[] answer, bool hasBody)
    {
        var end = answer.AsSpan().IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            throw new InvalidDataException($"No answer, but {answer.Length} bytes: {Encoding.Latin1.GetString(answer)}");
        }

        var lines = Encoding.Latin1.GetString(answer, 0, end).Split("\r\n");
        var status = int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture);
        var fields = lines.Skip(1).Select(line => line.Split(':', 2)).Select(parts => (parts[0].Trim(), parts[1].Trim())).ToArray();
        var response = new RawResponse(status, fields, answer[(end + 4)..]);
        if (!hasBody || status is BodilessNoContent or BodilessNotModified)
        {
            return response.Body.Length == 0 ? response : throw new InvalidDataException($"{response.Body.Length} bytes after an answer without a body");
        }

        return response with { Body = Decode(response["Content-Encoding"], Unframe(response)) };
    }

    private static byte[] Unframe(RawResponse response)
    {
        if (response["Transfer-Encoding"] is not null)
        {
            return Unchunk(response.Body);
        }

        var announced = response["Content-Length"] is { } length ? int.Parse(length, CultureInfo.InvariantCulture) : response.Body.Length;
        return announced == response.Body.Length
            ? response.Body
            : throw new InvalidDataException($"Content-Length is {announced}, and {response.Body.Length} bytes came");
    }

    private static byte[] Unchunk(ReadOnlySpan<byte> rest)
    {
        using var body = new MemoryStream();
        while (true)
        {
            var end = rest.IndexOf("\r\n"u8);
            if (end < 0)
            {
                throw new InvalidDataException("The last chunk is missing");
            }

            var size = int.Parse(Encoding.ASCII.GetString(rest[..end]), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            if (size == 0)
            {
                return body.ToArray();
            }

            body.Write(rest.Slice(end + 2, size));
            rest = rest[(end + 2 + size + 2)..];
        }
    }

    private static byte[] Decode(string? coding, byte[] content)
    {
        using var input = new MemoryStream(content);
        using Stream? decoder = coding switch
        {
            null or "identity" => null,
            "gzip" => new GZipStream(input, CompressionMode.Decompress),
            "br" => new BrotliStream(input, CompressionMode.Decompress),
            _ => throw new InvalidDataException($"Unknown content coding {coding}"),
        };
        if (decoder is null)
        {
            return content;
        }

        using var output = new MemoryStream();
        decoder.CopyTo(output);
        return output.ToArray();
    }
}
