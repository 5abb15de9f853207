using System.Runtime.CompilerServices;
using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Testing.Buckets;

/// <summary>A bucket that fails at random, by a seed: so many of the requests, and so many of the bodies, somewhere midway. Counts requests.</summary>
/// <param name="rate">Share of requests and of bodies that fail, 0 to 1.</param>
internal sealed class FlakyBucket(IBucket inner, int seed, double rate) : IBucket
{
    private static readonly BucketFault[] Faults =
    [
        BucketFault.Connect, BucketFault.Reset, BucketFault.ServerError, BucketFault.SlowDown, BucketFault.Garbage,
    ];

    private readonly Lock _lock = new();
    private readonly Random _random = new(seed);

    public string Description => inner.Description;

    public bool ListsSourceDates => inner.ListsSourceDates;

    public int Requests { get; private set; }

    public int Failures { get; private set; }

    public int BrokenBodies { get; private set; }

    public ValueTask<RepresentationMetadata?> HeadAsync(AssetKey key, CancellationToken cancellationToken)
    {
        MayFail();
        return inner.HeadAsync(key, cancellationToken);
    }

    public async ValueTask<Representation?> OpenAsync(AssetKey key, ByteRange? range, EntityTag? expected, CancellationToken cancellationToken)
    {
        MayFail();
        return await inner.OpenAsync(key, range, expected, cancellationToken) is { } opened ? MayBreak(opened) : null;
    }

    public async ValueTask<Revalidation> OpenChangedAsync(AssetKey key, EntityTag known, CancellationToken cancellationToken)
    {
        MayFail();
        var read = await inner.OpenChangedAsync(key, known, cancellationToken);
        return read.Representation is { } opened ? read with { Representation = MayBreak(opened) } : read;
    }

    public ValueTask<bool> AnyAsync(string prefix, CancellationToken cancellationToken)
    {
        MayFail();
        return inner.AnyAsync(prefix, cancellationToken);
    }

    public async IAsyncEnumerable<BucketEntry> ListAsync(
        string prefix, ListDepth depth, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        MayFail();
        await foreach (var entry in inner.ListAsync(prefix, depth, cancellationToken))
        {
            yield return entry;
        }
    }

    private void MayFail()
    {
        lock (_lock)
        {
            Requests++;
            if (_random.NextDouble() < rate)
            {
                Failures++;
                throw new BucketUnavailableException("failed at random") { Fault = Faults[_random.Next(Faults.Length)] };
            }
        }
    }

    private Representation MayBreak(Representation opened)
    {
        lock (_lock)
        {
            if (_random.NextDouble() >= rate)
            {
                return opened;
            }

            BrokenBodies++;
            var script = new BodyScript(_random.NextInt64(opened.Body.Length))
            {
                Fault = static () => new BucketUnavailableException("broke at random") { Fault = BucketFault.Reset },
            };
            return new Representation(opened.Metadata, new ScriptedStream(opened.Body, script));
        }
    }
}
