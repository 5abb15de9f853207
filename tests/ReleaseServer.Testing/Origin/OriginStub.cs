using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;
using ReleaseServer.Testing.Http;

namespace ReleaseServer.Testing.Origin;

/// <summary>One request that an origin got.</summary>
internal sealed record OriginCall(string Method, string Target, IReadOnlyDictionary<string, string> Fields);

/// <summary>A file of an origin.</summary>
/// <param name="Tag">With its quotes; null for none.</param>
internal sealed record OriginFile(byte[] Content, string? ContentType, string? Tag, DateTimeOffset? Modified);

/// <summary>An origin server in this process, on a free loopback port: files with ranges and conditions, and faults. Records what it is asked.</summary>
/// <remarks>Each answer closes its connection, so that a fault is met by every request that follows its setting.</remarks>
internal sealed class OriginStub : IAsyncDisposable
{
    /// <summary>Answered 204 while <see cref="IsHealthy"/>, else 503; not recorded.</summary>
    public const string HealthPath = "/health";

    private readonly ConcurrentDictionary<string, OriginFile> _files = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<OriginCall> _calls = new();
    private readonly ConcurrentQueue<long> _cuts = new();
    private readonly SemaphoreSlim _arrived = new(0);
    private readonly SemaphoreSlim _checked = new(0);
    private WebApplication? _app;
    private int _checks;

    /// <summary>Scheme, host and port.</summary>
    public string Address => _app!.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>What was asked so far, oldest first.</summary>
    public IReadOnlyList<OriginCall> Calls => [.. _calls];

    public int Checks => _checks;

    /// <summary>Runs at each check; null for nothing.</summary>
    public Action? OnCheck { get; set; }

    public bool IsHealthy { get; set; } = true;

    public OriginFault Fault { get; set; }

    /// <summary>Answers instead of the files; null for those.</summary>
    public Func<HttpContext, Task>? Script { get; set; }

    public static async Task<OriginStub> StartAsync()
    {
        var stub = new OriginStub();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Use(next => connection => stub.ServeAsync(connection, next))));
        stub._app = builder.Build();
        stub._app.Run(stub.AnswerAsync);
        await stub._app.StartAsync();
        return stub;
    }

    /// <summary>Puts a file at a path as it stands in the request target.</summary>
    public OriginStub Put(string path, byte[] content, string? contentType = "application/octet-stream", string? tag = "\"origin\"", DateTimeOffset? modified = null)
    {
        _files[path] = new OriginFile(content, contentType, tag, modified);
        return this;
    }

    /// <summary>Lets one more body break off after so many bytes.</summary>
    public OriginStub ThenCut(long after)
    {
        _cuts.Enqueue(after);
        return this;
    }

    /// <summary>Ends once one more request has arrived.</summary>
    public Task WaitForCallAsync(CancellationToken cancellationToken) => WaitAsync(_arrived, cancellationToken);

    /// <summary>Ends once one more check has arrived.</summary>
    public Task WaitForCheckAsync(CancellationToken cancellationToken) => WaitAsync(_checked, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _app!.DisposeAsync();
        _arrived.Dispose();
        _checked.Dispose();
    }

    private static async Task WaitAsync(SemaphoreSlim signal, CancellationToken cancellationToken)
    {
        if (!await signal.WaitAsync(RawClient.Patience, cancellationToken))
        {
            throw new TimeoutException("nothing has come");
        }
    }

    // What Kestrel would never send is sent here, beneath it.
    private async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (Fault == OriginFault.Refuse)
        {
            connection.Abort();
            return;
        }

        var raw = Fault switch
        {
            OriginFault.Garbage => "\u0001\u0002 this is no HTTP\r\n\r\n",
            OriginFault.NoLength => "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nsome of it",
            OriginFault.OddLength => "HTTP/1.1 200 OK\r\nContent-Length: 1x\r\nConnection: close\r\n\r\n0",
            OriginFault.HeadOnly => "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: \"cut\"\r\nConnection: close\r\n\r\n",
            _ => null,
        };
        if (raw is null)
        {
            await next(connection);
            return;
        }

        var read = await connection.Transport.Input.ReadAsync(connection.ConnectionClosed);
        if (Encoding.Latin1.GetString(read.Buffer.ToArray()).Contains(HealthPath, StringComparison.Ordinal))
        {
            raw = IsHealthy ? "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n" : "HTTP/1.1 503 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        }
        else
        {
            _calls.Enqueue(new OriginCall("", "", new Dictionary<string, string>()));
        }

        connection.Transport.Input.AdvanceTo(read.Buffer.End);
        await connection.Transport.Output.WriteAsync(Encoding.Latin1.GetBytes(raw), connection.ConnectionClosed);
        await connection.Transport.Output.CompleteAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        context.Response.Headers.Connection = "close";
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (target == HealthPath)
        {
            OnCheck?.Invoke();
            Interlocked.Increment(ref _checks);
            context.Response.StatusCode = IsHealthy ? 204 : 503;
            _checked.Release();
            return;
        }

        _calls.Enqueue(new OriginCall(
            context.Request.Method,
            target,
            context.Request.Headers.ToDictionary(field => field.Key, field => field.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
        _arrived.Release();
        if (Fault != OriginFault.None)
        {
            await FailAsync(context, target);
        }
        else if (Script is { } script)
        {
            await script(context);
        }
        else if (_files.TryGetValue(target.Split('?')[0], out var file))
        {
            await SendAsync(context, file);
        }
        else
        {
            await RefuseAsync(context, 404);
        }
    }

    private async Task SendAsync(HttpContext context, OriginFile file)
    {
        context.Response.Headers["X-Powered-By"] = "a stub";
        context.Response.Headers.SetCookie = "session=1";
        context.Response.Headers.CacheControl = "private, max-age=7";
        if (_cuts.TryDequeue(out var after))
        {
            context.Response.Body = new CutStream(context.Response.Body, after, context);
        }

        await Results.Bytes(
            file.Content,
            file.ContentType,
            enableRangeProcessing: true,
            lastModified: file.Modified,
            entityTag: file.Tag is null ? null : EntityTagHeaderValue.Parse(file.Tag)).ExecuteAsync(context);
    }

    private async Task FailAsync(HttpContext context, string target)
    {
        switch (Fault)
        {
            case OriginFault.Hang:
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                break;
            case OriginFault.Status500:
                await RefuseAsync(context, 500);
                break;
            case OriginFault.Status503:
                await RefuseAsync(context, 503);
                break;
            case OriginFault.Status429:
                await RefuseAsync(context, 429);
                break;
            case OriginFault.Status403:
                await RefuseAsync(context, 403);
                break;
            case OriginFault.Status204:
                context.Response.StatusCode = 204;
                break;
            case OriginFault.Unasked:
                context.Response.StatusCode = context.Request.Headers.Range.Count > 0 ? 304 : 206;
                context.Response.Headers.ContentRange = "bytes 0-0/9";
                break;
            case OriginFault.RedirectToItself:
                context.Response.StatusCode = 301;
                context.Response.Headers.Location = $"https://{context.Request.Host.Host}{target}";
                break;
            case OriginFault.RedirectToNowhere:
                context.Response.StatusCode = 302;
                context.Response.Headers.Location = "javascript:alert(1)";
                break;
            default:
                context.Abort();
                break;
        }
    }

    private static Task RefuseAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.CacheControl = "public, max-age=31536000";
        context.Response.ContentType = "text/html";
        return context.Response.WriteAsync($"<html>secret.internal says {status}</html>");
    }

    /// <summary>Lets so many bytes through and then resets the connection.</summary>
    private sealed class CutStream(Stream inner, long left, HttpContext context) : MemoryStream
    {
        private long _left = left;

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = (int)Math.Min(_left, buffer.Length);
            await inner.WriteAsync(buffer[..count], cancellationToken);
            await inner.FlushAsync(cancellationToken);
            _left -= count;
            if (count < buffer.Length)
            {
                context.Abort();
                throw new OperationCanceledException("cut");
            }
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }
}
