using System.Diagnostics.CodeAnalysis;

namespace ReleaseServer.Supervision;

/// <summary>Pings the service manager for as long as this process proves that it lives, twice in the manager's time. When it does not, it is killed and started again.</summary>
internal sealed partial class Watchdog(NotifySocket manager, TimeSpan time, Func<IReadOnlyList<LifeSign>> signs, Func<string> status, TimeProvider clock, ILogger<Watchdog> logger)
{
    private readonly TimeSpan _interval = time / 2;

    /// <summary>Time for all signs of one round, so that a ping that is due at half the time comes well before its end.</summary>
    private readonly TimeSpan _patience = time / 4;
    private bool _isInTrouble;

    /// <summary>Pings until it is cancelled. Runs in the thread pool, which must thus live.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var begun = clock.GetTimestamp();
            var trouble = await LookAsync(cancellationToken);
            if (trouble is null)
            {
                manager.Send($"WATCHDOG=1\nSTATUS={status()}");
            }

            Report(trouble);
            var rest = (trouble is null ? _interval : _patience) - clock.GetElapsedTime(begun);
            if (rest > TimeSpan.Zero)
            {
                await Task.Delay(rest, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    // What gave no sign in time; null where all did.
    private async Task<string?> LookAsync(CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(_patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        var troubles = await Task.WhenAll(signs().Select(sign => TryAsync(sign, either.Token)));
        return troubles.FirstOrDefault(static trouble => trouble is not null);
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever goes wrong with a sign is no sign of life")]
    private static async Task<string?> TryAsync(LifeSign sign, CancellationToken cancellationToken)
    {
        try
        {
            await sign.ProveAsync(cancellationToken).WaitAsync(cancellationToken);
            return null;
        }
        catch (OperationCanceledException)
        {
            return $"{sign.Name} gave no sign of life in time";
        }
        catch (Exception exception)
        {
            return $"{sign.Name}: {exception.Message}";
        }
    }

    private void Report(string? trouble)
    {
        if (trouble is not null && !_isInTrouble)
        {
            LogTrouble(trouble);
        }
        else if (trouble is null && _isInTrouble)
        {
            LogRecovered();
        }

        _isInTrouble = trouble is not null;
    }

    [LoggerMessage(LogLevel.Error, "No ping to the service manager, which will end this process if that goes on: {Trouble}")]
    private partial void LogTrouble(string trouble);

    [LoggerMessage(LogLevel.Warning, "All signs of life are there again")]
    private partial void LogRecovered();
}
