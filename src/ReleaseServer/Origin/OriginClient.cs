using System.Diagnostics;
using System.Net;
using System.Text;
using ReleaseServer.Alerting;
using ReleaseServer.Http;
using ReleaseServer.Telemetry;
using ReleaseServer.Transport;

namespace ReleaseServer.Origin;

/// <summary>Asks the origins in their order, passing over those that are down. Safe for concurrent use.</summary>
internal sealed partial class OriginClient : IDisposable
{
    private readonly OriginServers _servers;
    private readonly OriginOptions _options;
    private readonly ILogger<OriginClient> _logger;
    private readonly HttpMessageInvoker _http;

    public OriginClient(OriginServers servers, OriginOptions options, TimeProvider clock, ILogger<OriginClient> logger)
    {
        (_servers, _options, Clock, _logger) = (servers, options, clock, logger);
        _http = new HttpMessageInvoker(new OutboundHandler(connections =>
        {
            // OriginServer.Room is the limit; one here as well would make health checks wait behind requests.
            connections.MaxConnectionsPerServer = int.MaxValue;
            connections.ConnectTimeout = options.ConnectTimeout;
            connections.PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30);
            connections.MaxResponseDrainSize = 64 * 1024;
            connections.ResponseDrainTimeout = TimeSpan.FromMilliseconds(100);
            // As Kestrel reads fields.
            connections.RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8;
        }));
    }

    public TimeProvider Clock { get; }

    public TimeSpan StallTimeout => _options.StallTimeout;

    /// <summary>How many origins there are.</summary>
    public int Count => _servers.All.Count;

    /// <summary>The first answer that can be passed on.</summary>
    /// <param name="first">Which origin is asked first, by its place; the head of the answer comes from it or one behind it.</param>
    /// <returns>The answer, and the place of the origin that gave it.</returns>
    /// <exception cref="OriginUnavailableException">No origin gave one.</exception>
    /// <exception cref="OperationCanceledException">The client left.</exception>
    public async Task<(OriginResponse Response, int Place)> AskAsync(OriginRequest request, int first, CancellationToken cancellationToken)
    {
        OriginUnavailableException? trouble = null;
        for (var place = first; place < _servers.All.Count; place++)
        {
            var server = _servers.All[place];
            if (server.Health.IsOpen)
            {
                continue;
            }

            var began = Clock.GetTimestamp();
            using var span = Tracing.BeginQuestion("origin", server.Address);
            try
            {
                var response = await AskAsync(server, request, cancellationToken);
                server.Counts.CountAnswer(Clock.GetElapsedTime(began));
                Breadcrumbs.Add("origin", $"{server.Address} answered");
                return (response, place);
            }
            catch (OriginUnavailableException exception)
            {
                span?.SetStatus(ActivityStatusCode.Error, exception.Message);
                Note(server, exception);
                trouble = exception;
            }
        }

        throw trouble ?? new OriginUnavailableException("no origin answers at the moment") { IsFault = false };
    }

    /// <summary>Asks any origin for the rest of a body, the one that had it first.</summary>
    /// <exception cref="OriginUnavailableException">None has this version; it is <paramref name="broken"/>.</exception>
    public async Task<OriginExchange> ResumeAsync(
        OriginRequest request, ByteRange rest, EntityTag tag, OriginServer last, OriginUnavailableException broken, CancellationToken cancellationToken)
    {
        foreach (var server in _servers.All.OrderBy(server => server != last))
        {
            if (server.Health.IsOpen)
            {
                continue;
            }

            try
            {
                using var message = request.To(server, rest, tag);
                var exchange = await SendAsync(server, message, cancellationToken);
                if (IsRest(exchange.Response, rest, tag, length: null))
                {
                    server.Counts.CountResume();
                    LogResumed(request.Target, broken.Message, server.Address);
                    return exchange;
                }

                exchange.Dispose();
            }
            catch (OriginUnavailableException exception)
            {
                Note(server, exception);
            }
        }

        throw broken;
    }

    /// <summary>Asks the origins for the rest of a body that was not theirs.</summary>
    /// <param name="length">Bytes of the whole, which the origin's must have too, in no coding.</param>
    /// <param name="version">The version it must be of; null where the caller finds out himself.</param>
    /// <returns>The rest, which goes on by itself where it breaks; null where none has it.</returns>
    public async Task<OriginBody?> OpenRestAsync(OriginRequest request, ByteRange rest, long length, EntityTag? version, CancellationToken cancellationToken)
    {
        foreach (var server in _servers.All)
        {
            if (server.Health.IsOpen)
            {
                continue;
            }

            try
            {
                using var message = request.To(server, rest, version);
                var exchange = await SendAsync(server, message, cancellationToken);
                if (IsRest(exchange.Response, rest, version, length))
                {
                    server.Counts.CountResume();
                    LogResumed(request.Target, "the bucket broke off", server.Address);
                    Breadcrumbs.Add("origin", $"{server.Address} has the rest");
                    return new OriginBody(this, request, exchange, rest, rest.Length, TagOf(exchange.Response));
                }

                exchange.Dispose();
            }
            catch (OriginUnavailableException exception)
            {
                Note(server, exception);
            }
        }

        return null;
    }

    /// <summary>Looks whether an origin answers, by its cheap route.</summary>
    /// <returns>What is wrong; null where nothing is.</returns>
    public async Task<string?> CheckAsync(OriginServer server, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_options.AnswerTimeout, Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var message = new HttpRequestMessage(HttpMethod.Head, server.Address + _options.HealthPath);
        message.Headers.TryAddWithoutValidation("Via", "1.1 " + _options.Name);
        message.Headers.TryAddWithoutValidation(OriginLoop.CdnLoop, _options.Name);
        try
        {
            using var response = await _http.SendAsync(message, either.Token);
            return (int)response.StatusCode is >= 500 or 408 or 429 ? $"{server.Address} answered its check with {(int)response.StatusCode}" : null;
        }
        catch (Exception exception) when (IsOfTheNetwork(exception) && !cancellationToken.IsCancellationRequested)
        {
            return Describe(server, exception);
        }
    }

    /// <summary>Counts a failure, where it says something of the origin.</summary>
    public void Note(OriginServer server, OriginUnavailableException trouble)
    {
        server.Counts.CountFailure();
        LogTrouble(trouble.Message);
        Breadcrumbs.Add(BreadcrumbLevel.Error, "origin", trouble.Message);
        if (trouble.IsFault)
        {
            _servers.NoteFailure(server, trouble.Message);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<OriginResponse> AskAsync(OriginServer server, OriginRequest request, CancellationToken cancellationToken)
    {
        using var message = request.To(server);
        var exchange = await SendAsync(server, message, cancellationToken);
        try
        {
            var response = OriginReader.Read(
                request, exchange, _servers.All, Clock, (part, length, tag) => new OriginBody(this, request, exchange, part, length, tag));
            if (response.Body is null)
            {
                server.Health.Succeed();
            }

            return response;
        }
        catch
        {
            exchange.Dispose();
            throw;
        }
    }

    private async Task<OriginExchange> SendAsync(OriginServer server, HttpRequestMessage message, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_options.AnswerTimeout, Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await server.Room.WaitAsync(either.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new OriginUnavailableException($"{server.Address} has {_options.MaxConnections} requests of ours under way (Origin:MaxConnections)", exception) { IsFault = false };
        }

        HttpResponseMessage? response = null;
        try
        {
            response = await _http.SendAsync(message, either.Token);
            return new OriginExchange(server, response);
        }
        catch (Exception exception) when (IsOfTheNetwork(exception) && !cancellationToken.IsCancellationRequested)
        {
            throw new OriginUnavailableException(Describe(server, exception), exception);
        }
        finally
        {
            if (response is null)
            {
                server.Room.Release();
            }
        }
    }

    private static bool IsRest(HttpResponseMessage response, ByteRange rest, EntityTag? version, long? length) =>
        response.StatusCode == HttpStatusCode.PartialContent
        && (version is not { } tag || TagOf(response)?.EqualsStrongly(tag) == true)
        && response.Content.Headers.NonValidated.TryGetValues("Content-Range", out var ranges)
        && ContentRange.TryParse(ranges.ToString(), out var range, out var whole)
        && range == rest
        && (length is null || (whole == length && response.Content.Headers.ContentEncoding.Count == 0))
        && (response.Content.Headers.ContentLength ?? rest.Length) == rest.Length;

    private static EntityTag? TagOf(HttpResponseMessage response) =>
        response.Headers.NonValidated.TryGetValues("ETag", out var tags) && EntityTag.TryParse(tags.ToString(), out var tag) ? tag : null;

    private static bool IsOfTheNetwork(Exception exception) => exception is HttpRequestException or IOException or OperationCanceledException;

    // The library's message names what went wrong; a cancellation that nobody asked for is our own limit.
    private static string Describe(OriginServer server, Exception exception) => exception is OperationCanceledException
        ? $"{server.Address} does not answer in time"
        : $"{server.Address} does not answer: {exception.Message}";

    [LoggerMessage(LogLevel.Warning, "Origin: {Trouble}")]
    private partial void LogTrouble(string trouble);

    [LoggerMessage(LogLevel.Warning, "The rest of {Target} comes from {Address}: {Trouble}")]
    private partial void LogResumed(string target, string trouble, string address);
}
