using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ReleaseServer.Buckets;
using ReleaseServer.Resilience;
using ReleaseServer.Testing.Alerting;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Resilience;

/// <summary>The resilient part of the read chain over buckets of a test, on a clock on which nobody waits.</summary>
internal sealed class LanesOfTest
{
    public static readonly AssetKey X = KeyOf("dir/x");

    /// <param name="buckets">The primary first.</param>
    /// <param name="time">Null for <see cref="Clock"/>.</param>
    public LanesOfTest(ResilienceOptions options, TimeProvider? time, ILogger? logger, params IBucket[] buckets)
    {
        var clock = time ?? Clock;
        Lanes = [.. buckets.Select((bucket, i) => new BucketLane(
            bucket, isPrimary: i == 0, options, AttemptTimeout, options.Retry.TotalTimeout / buckets.Length, clock, Alerts, logger ?? NullLogger.Instance))];
        Bucket = new ReplicatedBucket(Lanes, Newest, new NewestObjects(static key => key.StartsWith("immutable/", StringComparison.Ordinal)), options.Retry);
    }

    public LanesOfTest(params IBucket[] buckets)
        : this(new ResilienceOptions(), time: null, logger: null, buckets)
    {
    }

    public static TimeSpan AttemptTimeout { get; } = TimeSpan.FromSeconds(1);

    public JumpingClock Clock { get; } = new(new DateTimeOffset(2026, 5, 1, 0, 0, 0, TimeSpan.Zero));

    public AlertRecorder Alerts { get; } = new();

    public NewestPublication Newest { get; } = new();

    public BucketLane[] Lanes { get; }

    public ReplicatedBucket Bucket { get; }

    public static AssetKey KeyOf(string name) => AssetKey.TryCreate(name, out var key) ? key : throw new ArgumentException(name);

    /// <summary>Makes all buckets as far as the newest publication.</summary>
    public LanesOfTest AllCurrent()
    {
        Newest.Raise(new Publication(7, 0));
        foreach (var lane in Lanes)
        {
            lane.Publication = new Publication(7, 0);
        }

        return this;
    }

    /// <summary>Opens a bucket's breaker.</summary>
    public void TakeDown(int lane)
    {
        while (Lanes[lane].Health.Breaker.IsClosed)
        {
            Lanes[lane].Health.Note(new BucketUnavailableException("taken down") { Fault = BucketFault.Connect }, TimeSpan.Zero);
        }
    }

    /// <summary>All bytes of an object; null where it is absent.</summary>
    public async Task<byte[]?> ReadAsync(AssetKey key, CancellationToken cancellationToken)
    {
        await using var opened = await Bucket.OpenAsync(key, range: null, expected: null, cancellationToken);
        if (opened is null)
        {
            return null;
        }

        using var content = new MemoryStream();
        await opened.Body.CopyToAsync(content, 1024, cancellationToken);
        return content.ToArray();
    }
}
