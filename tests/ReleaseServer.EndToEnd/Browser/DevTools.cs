using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ReleaseServer.EndToEnd.Browser;

/// <summary>One page of a browser, over the Chrome DevTools protocol: commands with an id, answers with the same id, and events between.</summary>
internal sealed class DevTools : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly Queue<JsonNode> _events = new();
    private int _lastId;
    private string? _session;

    /// <summary>Opens an empty page.</summary>
    public static async Task<DevTools> OpenAsync(Uri browser, CancellationToken cancellationToken)
    {
        var page = new DevTools();
        await page._socket.ConnectAsync(browser, cancellationToken);
        var target = await page.SendAsync("Target.createTarget", new() { ["url"] = "about:blank" }, cancellationToken);
        var attached = await page.SendAsync(
            "Target.attachToTarget",
            new() { ["targetId"] = target["targetId"]!.GetValue<string>(), ["flatten"] = true },
            cancellationToken);
        page._session = attached["sessionId"]!.GetValue<string>();
        await page.SendAsync("Page.enable", [], cancellationToken);
        return page;
    }

    /// <summary>Goes to an address and awaits the page.</summary>
    public async Task NavigateAsync(string address, CancellationToken cancellationToken)
    {
        await SendAsync("Page.navigate", new() { ["url"] = address }, cancellationToken);
        await AwaitEventAsync("Page.loadEventFired", static _ => true, cancellationToken);
    }

    /// <summary>Clicks the link of this text and awaits the page it leads to.</summary>
    public async Task FollowAsync(string text, CancellationToken cancellationToken)
    {
        await ClickAsync(text, cancellationToken);
        await AwaitEventAsync("Page.loadEventFired", static _ => true, cancellationToken);
    }

    /// <summary>Clicks the link of this text and awaits the file it leads to.</summary>
    /// <param name="text">The link's text.</param>
    /// <param name="directory">Where the browser keeps the file, under the name it suggests.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The suggested name.</returns>
    public async Task<string> DownloadAsync(string text, string directory, CancellationToken cancellationToken)
    {
        await SendAsync(
            "Browser.setDownloadBehavior",
            new() { ["behavior"] = "allow", ["downloadPath"] = directory, ["eventsEnabled"] = true },
            cancellationToken);
        await ClickAsync(text, cancellationToken);
        var begun = await AwaitEventAsync("Browser.downloadWillBegin", static _ => true, cancellationToken);
        var ended = await AwaitEventAsync(
            "Browser.downloadProgress", static progress => progress["state"]!.GetValue<string>() != "inProgress", cancellationToken);
        Assert.Equal("completed", ended["state"]!.GetValue<string>());
        return begun["suggestedFilename"]!.GetValue<string>();
    }

    /// <summary>Evaluates an expression in the page; its value must be a string.</summary>
    public async Task<string> EvaluateAsync(string expression, CancellationToken cancellationToken)
    {
        var answer = await SendAsync("Runtime.evaluate", new() { ["expression"] = expression, ["returnByValue"] = true, ["awaitPromise"] = true }, cancellationToken);
        return answer["result"]!["value"]!.GetValue<string>();
    }

    /// <summary>Has the page shown as on a screen of this size, in light or dark colours.</summary>
    public async Task ShowAsync(int width, int height, bool isDark, CancellationToken cancellationToken)
    {
        await SendAsync(
            "Emulation.setDeviceMetricsOverride",
            new() { ["width"] = width, ["height"] = height, ["deviceScaleFactor"] = 1, ["mobile"] = width < 600 },
            cancellationToken);
        await SendAsync(
            "Emulation.setEmulatedMedia",
            new() { ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = isDark ? "dark" : "light" }) },
            cancellationToken);
    }

    /// <summary>Takes a picture of the page, as PNG.</summary>
    public async Task<byte[]> CaptureAsync(CancellationToken cancellationToken)
    {
        var answer = await SendAsync("Page.captureScreenshot", new() { ["format"] = "png" }, cancellationToken);
        return Convert.FromBase64String(answer["data"]!.GetValue<string>());
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task<string> ClickAsync(string text, CancellationToken cancellationToken) => EvaluateAsync(
        $"(() => {{ const link = [...document.links].find(link => link.textContent === {JsonSerializer.Serialize(text)}); link.click(); return link.href; }})()",
        cancellationToken);

    private async Task<JsonNode> SendAsync(string method, JsonObject parameters, CancellationToken cancellationToken)
    {
        var id = ++_lastId;
        var command = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters };
        if (_session is not null && !method.StartsWith("Browser.", StringComparison.Ordinal))
        {
            command["sessionId"] = _session;
        }

        await _socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(command), WebSocketMessageType.Text, true, cancellationToken);
        while (true)
        {
            var message = await ReceiveAsync(cancellationToken);
            if (message["id"]?.GetValue<int>() == id)
            {
                return message["result"] ?? throw new InvalidOperationException($"{method}: {message.ToJsonString()}");
            }

            _events.Enqueue(message);
        }
    }

    // Events that came before the one awaited are done with.
    private async Task<JsonNode> AwaitEventAsync(string method, Func<JsonNode, bool> wanted, CancellationToken cancellationToken)
    {
        while (true)
        {
            var message = _events.TryDequeue(out var earlier) ? earlier : await ReceiveAsync(cancellationToken);
            if (message["method"]?.GetValue<string>() == method && wanted(message["params"]!))
            {
                return message["params"]!;
            }
        }
    }

    private async Task<JsonNode> ReceiveAsync(CancellationToken cancellationToken)
    {
        using var message = new MemoryStream();
        var buffer = new byte[64 * 1024];
        ValueWebSocketReceiveResult received;
        do
        {
            received = await _socket.ReceiveAsync(buffer.AsMemory(), cancellationToken);
            message.Write(buffer, 0, received.Count);
        }
        while (!received.EndOfMessage);

        return JsonNode.Parse(message.GetBuffer().AsSpan(0, (int)message.Length))!;
    }
}
