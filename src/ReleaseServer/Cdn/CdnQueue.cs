using System.Threading.Channels;

namespace ReleaseServer.Cdn;

/// <summary>Tells the CDN in the background, in order. What waits at the end of the process is still sent, within a limit.</summary>
internal sealed partial class CdnQueue : BackgroundService
{
    /// <summary>Purges that may wait; where more come, the oldest are dropped.</summary>
    public const int Capacity = 1_000;

    private static readonly TimeSpan LongestDrain = TimeSpan.FromSeconds(10);

    private readonly CdnClient _client;
    private readonly TimeProvider _clock;
    private readonly ILogger<CdnQueue> _logger;
    private readonly Channel<CdnPurge> _waiting;
    private int _isDropping;

    public CdnQueue(CdnClient client, TimeProvider clock, ILogger<CdnQueue> logger)
    {
        (_client, _clock, _logger) = (client, clock, logger);
        var options = new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true };
        _waiting = Channel.CreateBounded<CdnPurge>(options, OnDropped);
    }

    /// <summary>Has a purge sent.</summary>
    /// <returns>False once the server is stopping.</returns>
    public bool TryEnqueue(CdnPurge purge) => _waiting.Writer.TryWrite(purge);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _waiting.Writer.TryComplete();
        if (ExecuteTask is { } sending)
        {
            await Task.WhenAny(sending, Task.Delay(LongestDrain, _clock, cancellationToken));
        }

        await base.StopAsync(cancellationToken);
        if (_waiting.Reader.Count is > 0 and var left)
        {
            LogGivenUp(left);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Once stopping, what waits is given up; a send under way ends by the token.
        while (!stoppingToken.IsCancellationRequested && await WaitAsync(stoppingToken))
        {
            while (!stoppingToken.IsCancellationRequested && _waiting.Reader.TryRead(out var purge))
            {
                await SendAsync(purge, stoppingToken);
            }

            Volatile.Write(ref _isDropping, 0);
        }
    }

    private async Task<bool> WaitAsync(CancellationToken stoppingToken)
    {
        try
        {
            return await _waiting.Reader.WaitToReadAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    [System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1031", Justification = "A programming error in one purge must not keep those after it from being sent")]
    private async Task SendAsync(CdnPurge purge, CancellationToken stoppingToken)
    {
        try
        {
            var result = await _client.SendAsync(purge, stoppingToken);
            if (result.Trouble is { } trouble)
            {
                LogNotTold(trouble);
            }
            else
            {
                LogTold(purge.All ? "everything" : $"{purge.Tags.Count} tags", result.Calls);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            LogNotTold("the server is stopping");
        }
        catch (Exception exception)
        {
            LogBroken(exception);
        }
    }

    private void OnDropped(CdnPurge dropped)
    {
        if (Interlocked.Exchange(ref _isDropping, 1) == 0)
        {
            LogDropping(Capacity);
        }
    }

    [LoggerMessage(LogLevel.Information, "The CDN was told to purge {What}, in {Calls} calls")]
    private partial void LogTold(string what, int calls);

    [LoggerMessage(LogLevel.Error, "The CDN was not told of a purge: {Trouble}")]
    private partial void LogNotTold(string trouble);

    [LoggerMessage(LogLevel.Error, "The CDN was not told of {Left} purges that still waited: the server is stopping")]
    private partial void LogGivenUp(int left);

    [LoggerMessage(LogLevel.Error, "Telling the CDN of a purge failed")]
    private partial void LogBroken(Exception exception);

    [LoggerMessage(LogLevel.Error, "More than {Capacity} purges wait for the CDN: the oldest are dropped until it keeps up")]
    private partial void LogDropping(int capacity);
}
