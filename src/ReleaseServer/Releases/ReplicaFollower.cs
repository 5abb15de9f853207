using ReleaseServer.Alerting;
using ReleaseServer.Buckets;
using ReleaseServer.Resilience;
using ReleaseServer.Site;

namespace ReleaseServer.Releases;

/// <summary>Keeps one replica in line with its primary for as long as it runs.</summary>
/// <param name="options">How often to look, and after what lag to tell.</param>
/// <param name="log">Takes lines for people.</param>
internal sealed class ReplicaFollower(
    IBucket source,
    IWritableBucket replica,
    ReleaseRules rules,
    ReplicationRequest request,
    ReplicationOptions options,
    ReplicationMetrics metrics,
    IAlerts alerts,
    TimeProvider time,
    Action<string> log)
{
    private DateTimeOffset? _behindSince;
    private DateTimeOffset? _lookedAtAll;
    private string? _trouble;
    private bool _isTold;
    private bool _isForked;

    /// <summary>Time between two runs that look at every object.</summary>
    public TimeSpan FullInterval { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Looks again and again until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await LookAsync(cancellationToken);

            // A tenth either way, so that those who follow one primary do not knock at it together.
            await Task.Delay(options.PollInterval * (0.9 + (Random.Shared.NextDouble() * 0.2)), time, cancellationToken);
        }
    }

    /// <summary>Looks once, and copies what is missing. A bucket that fails is noted, and tried again at the next look.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            await MeasureAsync(cancellationToken);
            var isFull = request.Full || _lookedAtAll is null || time.GetUtcNow() - _lookedAtAll >= FullInterval;
            var report = await new Replicator(source, replica, rules).RunAsync(request with { Full = isFull }, progress: null, cancellationToken);
            _lookedAtAll = isFull ? time.GetUtcNow() : _lookedAtAll;
            metrics.AddCopied(replica.Description, report.Bytes);
            if (report.Copied + report.Documents + report.Deleted > 0 || report.Before != report.After)
            {
                log($"{replica.Description}: generation {report.Before} -> {report.After}, {report.Copied:N0} objects of {report.Bytes:N0} bytes copied, "
                    + $"{report.Documents:N0} documents written, {report.Deleted:N0} deleted");
            }

            await MeasureAsync(cancellationToken);
            _trouble = null;
            _isForked = false;
        }
        catch (Exception exception) when (
            exception is BucketUnavailableException or RepresentationChangedException or SiteDataException or IOException or ReplicaAheadException)
        {
            // Only a person can tell which of two buckets that were both published to is right.
            _isForked = exception is ReplicaAheadException;
            metrics.AddFailure(replica.Description);
            if (_trouble != exception.Message)
            {
                // Once, however long it lasts.
                log($"{replica.Description}: {exception.Message}; trying again");
            }

            _trouble = exception.Message;
            Judge();
        }
    }

    private async Task MeasureAsync(CancellationToken cancellationToken)
    {
        var here = (await new PublishedSite(source).ReadGenerationAsync(cancellationToken))?.Document ?? GenerationDocument.None;
        var there = (await new PublishedSite(replica).ReadGenerationAsync(cancellationToken))?.Document ?? GenerationDocument.None;
        _behindSince = here == there ? null : _behindSince ?? (here.Published > there.Published ? here.Published : time.GetUtcNow());
        metrics.SetLag(replica.Description, Lag, here.Generation - there.Generation);
        Judge();
    }

    private TimeSpan Lag => _behindSince is { } since && time.GetUtcNow() - since is { Ticks: > 0 } lag ? lag : TimeSpan.Zero;

    private void Judge()
    {
        var description = replica.Description;
        if (_isForked)
        {
            alerts.Raise(new Alert(AlertKind.ReplicaBehind, description, _trouble ?? description));
            _isTold = true;
        }
        else if (_behindSince is null)
        {
            if (_isTold)
            {
                alerts.Resolve(AlertKind.ReplicaBehind, description, $"{description} has caught up.");
                _isTold = false;
            }
        }
        else if (Lag >= options.MaxLag)
        {
            alerts.Raise(new Alert(AlertKind.ReplicaBehind, description, $"{description} has been behind for {(long)Lag.TotalSeconds} s{(_trouble is null ? "." : ": " + _trouble)}"));
            _isTold = true;
        }
    }
}
