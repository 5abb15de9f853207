using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Microsoft.AspNetCore.Hosting.Server;
using ReleaseServer.Transport;

namespace ReleaseServer.Shadow;

/// <summary>
/// Asks a candidate and this server itself what clients have asked, and compares. Behind the answers: a request only leaves itself in a queue, and
/// where that is full it is not mirrored.
/// </summary>
internal sealed partial class ShadowMirror : BackgroundService
{
    /// <summary>A candidate that fails is told of so often.</summary>
    private static readonly TimeSpan FailureInterval = TimeSpan.FromMinutes(1);

    private readonly ShadowOptions _options;
    private readonly IServer _server;
    private readonly TimeProvider _clock;
    private readonly ILogger<ShadowMirror> _logger;
    private readonly Channel<ShadowRequest> _queue;
    private readonly ShadowClient? _ours;
    private readonly ShadowClient? _theirs;
    private readonly Lock _telling = new();
    private DateTimeOffset _failureTold;
    private long _dropped;

    public ShadowMirror(ShadowOptions options, IServer server, TimeProvider clock, ILogger<ShadowMirror> logger)
    {
        (_options, _server, _clock, _logger) = (options, server, clock, logger);
        IsOn = options.Url is not null && options.Share > 0;
        _queue = Channel.CreateBounded<ShadowRequest>(options.QueueLength);
        Findings = new ShadowFindings(clock);
        if (IsOn)
        {
            _ours = new ShadowClient(options, clock, OwnAddress.Tls);
            _theirs = new ShadowClient(options, clock, tls: null);
        }
    }

    /// <summary>Whether there is a candidate.</summary>
    public bool IsOn { get; }

    public ShadowFindings Findings { get; }

    /// <summary>Requests that found the queue full.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public int Waiting => _queue.Reader.Count;

    /// <summary>Takes a share of requests that have been answered. Never waits; of those not chosen, nothing is kept and nothing allocated.</summary>
    public void Offer(HttpContext context)
    {
        if (IsOn && (_options.Share >= 1 || Random.Shared.NextDouble() < _options.Share)
            && ShadowRequest.Of(context, _options.MaxBodyBytes) is { } request && !_queue.Writer.TryWrite(request))
        {
            Interlocked.Increment(ref _dropped);
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        _ours?.Dispose();
        _theirs?.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        IsOn ? Task.WhenAll(Enumerable.Range(0, _options.Concurrency).Select(_ => WorkAsync(stoppingToken))) : Task.CompletedTask;

    [SuppressMessage("Design", "CA1031", Justification = "A programming error here must not stop the server or the comparing")]
    private async Task WorkAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await CompareAsync(await _queue.Reader.ReadAsync(stoppingToken), stoppingToken);
            }
            catch (Exception exception)
            {
                if (!stoppingToken.IsCancellationRequested)
                {
                    Findings.AddFailed();
                    LogBroken(exception);
                }
            }
        }
    }

    private async Task CompareAsync(ShadowRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var (ours, theirs) = await AskBothAsync(request, cancellationToken);
            var kinds = ours.CompareWith(theirs);
            if (kinds != ShadowDifference.None && !Findings.Knows(request, kinds))
            {
                // Of two nodes one sees a publication first: what differs only for a moment is no difference.
                await Task.Delay(_options.ConfirmAfter, _clock, cancellationToken);
                (ours, theirs) = await AskBothAsync(request, cancellationToken);
                kinds &= ours.CompareWith(theirs);
            }

            if (kinds == ShadowDifference.None)
            {
                Findings.AddSame();
            }
            else if (Findings.Add(request, kinds, ours, theirs))
            {
                LogDifferent(request.Method, request.Target, string.Join(", ", ShadowDifferences.NamesOf(kinds)), ours, theirs);
            }
        }
        catch (ShadowFailedException exception)
        {
            Findings.AddFailed();
            TellFailure(exception.Message);
        }
    }

    // At the same time, so that as little as possible happens between.
    private async Task<(ShadowAnswer Ours, ShadowAnswer Theirs)> AskBothAsync(ShadowRequest request, CancellationToken cancellationToken)
    {
        var theirs = AskAsync(_theirs!, _options.Url!, "the candidate");
        var ours = AskAsync(_ours!, OwnAddress.Of(_server), "this server");
        await Task.WhenAll(ours, theirs);
        return (await ours, await theirs);

        async Task<ShadowAnswer> AskAsync(ShadowClient client, Uri server, string who)
        {
            try
            {
                return await client.AskAsync(request, server, cancellationToken);
            }
            catch (ShadowFailedException exception)
            {
                throw new ShadowFailedException($"{who}: {exception.Message}", exception);
            }
        }
    }

    private void TellFailure(string reason)
    {
        lock (_telling)
        {
            if (_clock.GetUtcNow() is var now && now - _failureTold >= FailureInterval)
            {
                _failureTold = now;
                LogFailed(reason);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "The candidate differs in {Kinds} for {Method} {Target}: {Ours} here, {Theirs} there")]
    private partial void LogDifferent(string method, string target, string kinds, ShadowAnswer ours, ShadowAnswer theirs);

    [LoggerMessage(LogLevel.Warning, "Requests cannot be compared with the candidate's answers: {Reason}")]
    private partial void LogFailed(string reason);

    [LoggerMessage(LogLevel.Error, "Comparing with the candidate failed")]
    private partial void LogBroken(Exception exception);
}
