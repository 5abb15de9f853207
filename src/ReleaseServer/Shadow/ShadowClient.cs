using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Text;
using ReleaseServer.Transport;

namespace ReleaseServer.Shadow;

/// <summary>No answer that could be compared.</summary>
internal sealed class ShadowFailedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Asks one of the two servers. Safe for concurrent use.</summary>
internal sealed class ShadowClient : IDisposable
{
    private const int SliceLength = 64 * 1024;

    private readonly HttpMessageInvoker _http;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _clock;
    private readonly long _maxBody;

    /// <param name="tls">How the server's certificate is judged; null for as usual.</param>
    public ShadowClient(ShadowOptions options, TimeProvider clock, SslClientAuthenticationOptions? tls)
    {
        (_timeout, _clock, _maxBody) = (options.Timeout, clock, options.MaxBodyBytes);
        _http = new HttpMessageInvoker(new OutboundHandler(connections =>
        {
            connections.ConnectTimeout = options.Timeout;
            connections.PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30);
            connections.SslOptions = tls ?? new SslClientAuthenticationOptions();
            // As Kestrel reads fields.
            connections.RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8;
        }));
    }

    /// <exception cref="ShadowFailedException">No whole answer in time, or none that says anything of the request.</exception>
    public async Task<ShadowAnswer> AskAsync(ShadowRequest request, Uri server, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_timeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var message = request.To(server);
            using var response = await _http.SendAsync(message, either.Token);

            // It is we who are refused, for all the names that others have asked for in vain.
            return response.StatusCode == HttpStatusCode.TooManyRequests
                ? throw new ShadowFailedException("answered 429")
                : await ReadAsync(response, request.IsHead, either.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ShadowFailedException("no whole answer in time", exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw new ShadowFailedException(exception.Message, exception);
        }
    }

    public void Dispose() => _http.Dispose();

    private static string? Field(HttpResponseMessage response, string name) =>
        response.Content.Headers.NonValidated.TryGetValues(name, out var ofContent) ? ofContent.ToString()
        : response.Headers.NonValidated.TryGetValues(name, out var values) ? values.ToString()
        : null;

    private async Task<ShadowAnswer> ReadAsync(HttpResponseMessage response, bool isHead, CancellationToken cancellationToken)
    {
        var hasContent = !isHead && response.StatusCode != HttpStatusCode.NotModified;
        var (read, digest) = hasContent ? await DigestAsync(response, cancellationToken) : (null, null);
        return new ShadowAnswer(
            (int)response.StatusCode,
            response.Content.Headers.NonValidated.Contains("Content-Length") ? response.Content.Headers.ContentLength : read,
            Field(response, "Content-Range"),
            Field(response, "ETag"),
            Field(response, "Last-Modified"),
            digest);
    }

    // A candidate that sends without end is left at the limit, with neither length nor digest.
    private async Task<(long? Length, string? Digest)> DigestAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var content = await response.Content.ReadAsStreamAsync(cancellationToken);
        var slice = ArrayPool<byte>.Shared.Rent(SliceLength);
        try
        {
            long length = 0;
            while (await content.ReadAsync(slice, cancellationToken) is > 0 and var count)
            {
                length += count;
                if (length > _maxBody)
                {
                    return (null, null);
                }

                hash.AppendData(slice, 0, count);
            }

            return (length, Convert.ToHexStringLower(hash.GetHashAndReset()));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(slice);
        }
    }
}
