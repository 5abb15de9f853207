using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using ReleaseServer.Testing.Http;

namespace ReleaseServer.Testing.Alerting;

/// <summary>One call that the stub got.</summary>
/// <param name="Target">As sent, with its query.</param>
/// <param name="Body">Without its content coding.</param>
internal sealed record AlertStubCall(string Target, IReadOnlyDictionary<string, string> Fields, byte[] Body)
{
    public string Text => System.Text.Encoding.UTF8.GetString(Body);

    /// <summary>The content as JSON, as Slack gets it.</summary>
    public JsonNode Json => JsonNode.Parse(Body)!;

    /// <summary>The header and items of an envelope, read by its rules: each item has as many bytes as its header says.</summary>
    public (JsonNode Header, IReadOnlyList<(JsonNode Header, JsonNode Content)> Items) ReadEnvelope()
    {
        var position = 0;
        var header = JsonNode.Parse(Line(ref position))!;
        var items = new List<(JsonNode Header, JsonNode Content)>();
        while (position < Body.Length)
        {
            var itemHeader = JsonNode.Parse(Line(ref position))!;

            // Other clients leave the length out where the content has no line breaks.
            var content = itemHeader["length"] is { } length ? Body[position..(position + length.GetValue<int>())] : Line(ref position);
            if (itemHeader["length"] is not null)
            {
                position += content.Length;
                position += position < Body.Length && Body[position] == '\n' ? 1 : 0;
            }

            items.Add((itemHeader, JsonNode.Parse(content)!));
        }

        return (header, items);
    }

    /// <summary>The contents of the items of a type.</summary>
    public IEnumerable<JsonNode> Items(string type) => ReadEnvelope().Items.Where(item => (string)item.Header["type"]! == type).Select(item => item.Content);

    private byte[] Line(ref int position)
    {
        var end = Array.IndexOf(Body, (byte)'\n', position);
        end = end < 0 ? Body.Length : end;
        var line = Body[position..end];
        position = end + 1;
        return line;
    }
}

/// <summary>What stands in for Sentry and Slack, in this process, on a free loopback port. Records calls, and answers as told.</summary>
internal sealed class AlertStub : IAsyncDisposable
{
    public const string PublicKey = "0123456789abcdef0123456789abcdef";

    private readonly StubCalls<AlertStubCall> _calls = new();
    private readonly ConcurrentQueue<(int Status, (string Name, string Value)[] Fields)> _answers = new();
    private StubHost _host = null!;

    public Uri Url => _host.Url;

    /// <summary>Of project 42, beneath a path.</summary>
    public string Dsn => $"http://{PublicKey}@{Url.Authority}/prefix/42";

    public Uri Webhook => new(Url, "/services/T0/B0/very-secret-hook");

    /// <summary>What came so far, oldest first.</summary>
    public IReadOnlyList<AlertStubCall> Calls => _calls.All;

    /// <summary>All events that came so far.</summary>
    public IReadOnlyList<JsonNode> Events => [.. SentryCalls.SelectMany(static call => call.Items("event"))];

    public IReadOnlyList<AlertStubCall> SentryCalls => [.. Calls.Where(static call => call.Target.Contains("/envelope/", StringComparison.Ordinal))];

    public IReadOnlyList<AlertStubCall> SlackCalls => [.. Calls.Where(static call => call.Target.StartsWith("/services/", StringComparison.Ordinal))];

    /// <inheritdoc cref="StubCalls{TCall}.Hold"/>
    public TaskCompletionSource? Hold
    {
        get => _calls.Hold;
        set => _calls.Hold = value;
    }

    /// <summary>The answer to each call that nothing else was said of; 200 and nothing where null.</summary>
    public (int Status, (string Name, string Value)[] Fields)? Usual { get; set; }

    public static async Task<AlertStub> StartAsync()
    {
        var stub = new AlertStub();
        stub._host = await StubHost.StartAsync(stub.AnswerAsync);
        return stub;
    }

    /// <summary>Says how one more call is answered.</summary>
    public AlertStub ThenAnswer(int status, params (string Name, string Value)[] fields)
    {
        _answers.Enqueue((status, fields));
        return this;
    }

    /// <inheritdoc cref="StubCalls{TCall}.WaitForCallAsync"/>
    public Task WaitForCallAsync(CancellationToken cancellationToken) => _calls.WaitForCallAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        Hold?.TrySetResult();
        await _host.DisposeAsync();
        _calls.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await (context.Request.Headers.ContentEncoding == "gzip" ? new GZipStream(context.Request.Body, CompressionMode.Decompress) : context.Request.Body)
            .CopyToAsync(body, context.RequestAborted);
        var call = new AlertStubCall(
            context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
            context.Request.Headers.ToDictionary(field => field.Key, field => field.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            body.ToArray());
        await _calls.ArriveAsync(call, context.RequestAborted);
        var (status, fields) = _answers.TryDequeue(out var answer) ? answer : Usual ?? (200, []);
        context.Response.StatusCode = status;
        foreach (var (name, value) in fields)
        {
            context.Response.Headers[name] = value;
        }

        await context.Response.WriteAsync("ok");
    }
}
