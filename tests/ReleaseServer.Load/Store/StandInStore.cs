using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace ReleaseServer.Load.Store;

/// <summary>A bucket on loopback that counts what it is asked, and is slow or broken as told over a second port.</summary>
/// <remarks>
/// Path style, GET, HEAD and ListObjectsV2; signatures are not looked at. The control port answers
/// <c>GET /control/stats</c>, <c>POST /control/reset</c> and <c>POST /control/set?mode=&amp;latency=&amp;bodyRate=&amp;totalRate=</c>
/// (milliseconds, bytes per second).
/// </remarks>
internal sealed class StandInStore : IAsyncDisposable
{
    private readonly StoreContent _content;
    private readonly StoreState _state = new();
    private readonly int _port;
    private WebApplication? _data;
    private WebApplication? _control;

    private StandInStore(StoreContent content, int port) => (_content, _port) = (content, port);

    public static async Task<StandInStore> StartAsync(StoreContent content, int port, int controlPort)
    {
        var store = new StandInStore(content, port);
        store._data = await store.ListenAsync();
        var control = Build(controlPort);
        control.MapGet("/control/stats", store._state.Counts);
        control.MapPost("/control/reset", store._state.ResetCounts);
        control.MapPost("/control/set", store.SetAsync);
        await control.StartAsync();
        store._control = control;
        return store;
    }

    public async ValueTask DisposeAsync()
    {
        await (_control?.DisposeAsync() ?? default);
        await CloseAsync();
    }

    private async Task SetAsync(StoreMode? mode, int? latency, long? bodyRate, long? totalRate)
    {
        _state.Latency = latency is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : _state.Latency;
        _state.BodyRate = bodyRate ?? _state.BodyRate;
        _state.TotalRate = totalRate ?? _state.TotalRate;
        if (mode is not { } wanted || wanted == _state.Mode)
        {
            return;
        }

        _state.SetMode(wanted);
        if (wanted == StoreMode.Refuse)
        {
            await CloseAsync();
        }
        else
        {
            _data ??= await ListenAsync();
        }
    }

    private async Task<WebApplication> ListenAsync()
    {
        var app = Build(_port);
        app.Run(context => new StoreAnswer(context, _content, _state).SendAsync());
        await app.StartAsync();
        return app;
    }

    // At once, open connections included: a bucket that is gone says no goodbye.
    private async Task CloseAsync()
    {
        if (_data is { } app)
        {
            _data = null;
            await app.StopAsync(new CancellationToken(canceled: true));
            await app.DisposeAsync();
        }
    }

    private static WebApplication Build(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(10);
            kestrel.Listen(IPAddress.Loopback, port);
        });
        return builder.Build();
    }
}
