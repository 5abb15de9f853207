using System.Net;
using ReleaseServer.Limits;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Limits;

public sealed class TokenBucketsTests
{
    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 8, 5, 14, 3, 0, TimeSpan.Zero));

    [Fact]
    public void TryTake_Burst_ThenTheRate()
    {
        var buckets = new TokenBuckets(perSecond: 2, burst: 3, clients: 100, _clock);
        var client = Client("192.0.2.1");

        Assert.True(buckets.TryTake(client, out _) && buckets.TryTake(client, out _) && buckets.TryTake(client, out _));
        Assert.False(buckets.TryTake(client, out var wait));
        Assert.Equal(TimeSpan.FromMilliseconds(500), wait);

        _clock.Advance(TimeSpan.FromMilliseconds(499));
        Assert.False(buckets.TryTake(client, out _));
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(buckets.TryTake(client, out _));
        Assert.False(buckets.TryTake(client, out _));
    }

    [Fact]
    public void TryTake_AfterALongRest_NoMoreThanABurst()
    {
        var buckets = new TokenBuckets(perSecond: 10, burst: 3, clients: 100, _clock);
        var client = Client("192.0.2.1");
        buckets.TryTake(client, out _);
        _clock.Advance(TimeSpan.FromDays(1));

        Assert.Equal(3, Enumerable.Range(0, 10).Count(_ => buckets.TryTake(client, out var _)));
    }

    [Fact]
    public void Return_Token_CanBeTakenAgain()
    {
        var buckets = new TokenBuckets(perSecond: 1, burst: 1, clients: 100, _clock);
        var client = Client("192.0.2.1");
        buckets.TryTake(client, out _);

        buckets.Return(client);

        Assert.True(buckets.TryTake(client, out _));
        Assert.False(buckets.TryTake(client, out _));
    }

    [Fact]
    public void TryTake_OtherClient_ItsOwnBucket()
    {
        var buckets = new TokenBuckets(perSecond: 1, burst: 1, clients: 100, _clock);
        buckets.TryTake(Client("192.0.2.1"), out _);

        Assert.True(buckets.TryTake(Client("192.0.2.2"), out _));
        Assert.True(buckets.TryTake(Client("2001:db8:0:1::1"), out _));
        Assert.True(buckets.TryTake(Client("2001:db8:0:2::1"), out _));
        Assert.False(buckets.TryTake(Client("2001:db8:0:1:ffff::2"), out _));
    }

    [Fact]
    public void TryTake_MoreClientsThanThereIsRoomFor_OldestForgotten()
    {
        var buckets = new TokenBuckets(perSecond: 1, burst: 1, clients: 100, _clock);
        for (var i = 0; i < 100; i++)
        {
            buckets.TryTake(Client($"10.0.0.{i}"), out _);
        }

        // Seen again, so no longer the oldest.
        Assert.False(buckets.TryTake(Client("10.0.0.0"), out _));
        buckets.TryTake(Client("10.0.1.0"), out _);

        Assert.Equal(100, buckets.Count);
        Assert.False(buckets.TryTake(Client("10.0.0.0"), out _));
        Assert.False(buckets.TryTake(Client("10.0.0.2"), out _));
        Assert.True(buckets.TryTake(Client("10.0.0.1"), out _));
    }

    [Fact]
    public void TryTake_ManyThreads_NotOneTooMany()
    {
        var buckets = new TokenBuckets(perSecond: 1, burst: 500, clients: 100, _clock);
        var taken = 0;

        Parallel.For(0, 2_000, i =>
        {
            buckets.TryTake(Client($"10.1.{i % 250}.{i / 250}"), out _);
            if (buckets.TryTake(Client("192.0.2.1"), out _))
            {
                Interlocked.Increment(ref taken);
            }
        });

        // Others crowd in, but never a hundred between two of this client's.
        Assert.Equal(500, taken);
        Assert.Equal(100, buckets.Count);
    }

    private static ClientAddress Client(string address) => ClientAddress.Of(IPAddress.Parse(address));
}
