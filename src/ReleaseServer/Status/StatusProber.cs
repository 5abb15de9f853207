using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting.Server;
using ReleaseServer.Transport;

namespace ReleaseServer.Status;

/// <summary>Looks at this node as a client does, through its public address, and keeps the history on this node's disk. Safe for concurrent use.</summary>
internal sealed partial class StatusProber : BackgroundService
{
    private const string FileName = "history.json";

    /// <summary>A node that is killed forgets no more than this.</summary>
    private static readonly TimeSpan SaveInterval = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly StatusComponents _components;
    private readonly StatusOptions _options;
    private readonly IServer _server;
    private readonly TimeProvider _clock;
    private readonly ILogger<StatusProber> _logger;
    private readonly HttpClient _http;
    private StatusHistory _history = new(new StatusDocument());
    private DateTimeOffset _saved;
    private bool _isInTrouble;

    public StatusProber(StatusComponents components, StatusOptions options, IServer server, TimeProvider clock, ILogger<StatusProber> logger)
    {
        (_components, _options, _server, _clock, _logger) = (components, options, server, clock, logger);
        _http = new HttpClient(new OutboundHandler(static connections =>
        {
            // Each look is that of a client that has just come.
            connections.PooledConnectionLifetime = TimeSpan.Zero;
            connections.SslOptions = OwnAddress.Tls;
        }))
        {
            Timeout = options.Timeout,
        };
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("ReleaseServer-status");
    }

    /// <summary>How everything is and was, as JSON.</summary>
    public byte[] WriteJson()
    {
        lock (_lock)
        {
            return _history.Document.Write();
        }
    }

    /// <summary>The same as a page.</summary>
    public byte[] WritePage()
    {
        lock (_lock)
        {
            return StatusPage.Write(_history.Document);
        }
    }

    /// <summary>The state of each component.</summary>
    public IReadOnlyList<(string Name, ComponentState State)> States()
    {
        lock (_lock)
        {
            return [.. _history.Document.Components.Select(static component => (component.Name, component.State))];
        }
    }

    /// <summary>Adds a note.</summary>
    /// <returns>False where the component has no incident.</returns>
    public bool AddNote(string text, string? component)
    {
        lock (_lock)
        {
            return _history.AddNote(_clock.GetUtcNow(), text, component) && Save();
        }
    }

    /// <summary>Looks once.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        var downloads = ProbeAsync(StatusComponents.Downloads, "Downloads", _options.DownloadPath, cancellationToken);
        var listings = ProbeAsync(StatusComponents.Listings, "Directory listings", _options.ListingPath, cancellationToken);
        ComponentReport[] reports = [await downloads, await listings, .. _components.Report()];
        lock (_lock)
        {
            var now = _clock.GetUtcNow();
            _history.Document.Title = _options.Title;
            _history.Record(now, reports);
            if (now - _saved >= SaveInterval)
            {
                Save();
            }
        }
    }

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        Load();
        return base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        lock (_lock)
        {
            Save();
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        _http.Dispose();
    }

    [SuppressMessage("Design", "CA1031", Justification = "A programming error here must not stop the server or the looking")]
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            // First, so that there is somebody who listens.
            await Task.Delay(_options.Interval, _clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (Exception exception)
            {
                if (!stoppingToken.IsCancellationRequested)
                {
                    LogBroken(exception);
                }
            }
        }
    }

    // Whatever the server itself refuses is an answer; that it has none, or takes too long, is what clients would see.
    private async Task<ComponentReport> ProbeAsync(string name, string title, string path, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _http.GetAsync(new Uri(OwnAddress.Of(_server), path), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            var status = (int)response.StatusCode;
            return status < 500
                ? new ComponentReport(name, title, ComponentState.Operational, "")
                : new ComponentReport(name, title, ComponentState.Down, $"Answered with {status}.");
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return new ComponentReport(name, title, ComponentState.Down, exception is HttpRequestException ? "No answer." : "No answer in time.");
        }
    }

    private void Load()
    {
        var path = Path.Combine(_options.Path, FileName);
        try
        {
            if (File.Exists(path))
            {
                _history = new StatusHistory(StatusDocument.Read(File.ReadAllBytes(path)));
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            LogNotRead(path, exception.Message);
        }
    }

    // Under the lock.
    private bool Save()
    {
        _saved = _clock.GetUtcNow();
        var path = Path.Combine(_options.Path, FileName);
        try
        {
            Directory.CreateDirectory(_options.Path);
            File.WriteAllBytes(path + ".new", _history.Document.Write());
            File.Move(path + ".new", path, overwrite: true);
            _isInTrouble = false;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (!_isInTrouble)
            {
                _isInTrouble = true;
                LogNotKept(path, exception.Message);
            }
        }

        return true;
    }

    [LoggerMessage(LogLevel.Error, "Looking at the components failed")]
    private partial void LogBroken(Exception exception);

    [LoggerMessage(LogLevel.Warning, "The history of the status page cannot be kept in {Path}: {Reason}")]
    private partial void LogNotKept(string path, string reason);

    [LoggerMessage(LogLevel.Warning, "The history of the status page in {Path} cannot be used, and begins anew: {Reason}")]
    private partial void LogNotRead(string path, string reason);
}
