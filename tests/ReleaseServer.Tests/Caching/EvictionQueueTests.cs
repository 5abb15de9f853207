using FsCheck;
using FsCheck.Fluent;
using ReleaseServer.Caching;

namespace ReleaseServer.Tests.Caching;

public sealed class EvictionQueueTests
{
    private const int Capacity = 1000;

    /// <summary>What is done to a queue: how, and with which resident or how many bytes.</summary>
    private enum Act
    {
        Add,
        Remove,
        Touch,
        Reserve,
        Release,
    }

    [Fact]
    public void Queue_AnyActs_WithinCapacityAndCountedExactly()
    {
        var acts = Gen.Zip(Gen.Elements(Enum.GetValues<Act>()), Gen.Choose(0, 19)).ListOf();

        Check.QuickThrowOnFailure(Prop.ForAll(acts.ToArbitrary(), list =>
        {
            var queue = new EvictionQueue(Capacity);
            var here = new HashSet<Sized>();
            var residents = Enumerable.Range(0, 20).Select(i => new Sized($"k{i}", 1 + (i * 17), gone => here.Remove(gone))).ToArray();
            var reserved = new Stack<long>();
            foreach (var (act, index) in list)
            {
                Do(queue, act, residents[index], here, reserved);
                if (queue.Used > Capacity || queue.Reserved != reserved.Sum() || queue.Used != here.Sum(static one => one.Cost) + reserved.Sum())
                {
                    return false;
                }
            }

            return true;
        }));
    }

    [Fact]
    public void TryAdd_LargerThanWhatIsNotSetAside_RefusedWithNothingDone()
    {
        var queue = new EvictionQueue(Capacity);
        var small = new Sized("small", 100, static _ => Assert.Fail("evicted"));
        Assert.True(queue.TryAdd(small));
        Assert.True(queue.TryReserve(500));

        Assert.False(queue.TryAdd(new Sized("large", 501, static _ => { })));
        Assert.False(queue.TryReserve(501));
        Assert.False(queue.CanReserve(501));

        Assert.Equal(600, queue.Used);
    }

    [Fact]
    public void Crawl_OverAHotSet_FlushesNothing()
    {
        var quiet = HitRatio(crawled: 0);
        var crawled = HitRatio(crawled: 60_000);

        Assert.InRange(quiet - crawled, -0.02, 0.02);
    }

    // Traffic like that of a release site: few names are most of it. A crawl asks for each of its names once, in between.
    private static double HitRatio(int crawled)
    {
        const int Names = 20_000;
        var queue = new EvictionQueue(4_000);
        var random = new Random(7);
        var kept = new Dictionary<string, Sized>();
        var (hits, asked) = (0, 0);
        for (var i = 0; i < 120_000; i++)
        {
            if (i >= 40_000)
            {
                asked++;
                hits += Ask($"hot{Zipf(random, Names)}") ? 1 : 0;
                if (i < 40_000 + crawled)
                {
                    Ask($"crawled{i}");
                }
            }
            else
            {
                Ask($"hot{Zipf(random, Names)}");
            }
        }

        return hits / (double)asked;

        bool Ask(string name)
        {
            if (kept.TryGetValue(name, out var found))
            {
                found.Touch();
                return true;
            }

            kept[name] = new Sized(name, 1, gone => kept.Remove(gone.Id));
            queue.TryAdd(kept[name]);
            return false;
        }
    }

    // Continuous approximation of Zipf's law with exponent 1: ranks are even on a logarithmic scale.
    private static int Zipf(Random random, int count) => (int)Math.Pow(count, random.NextDouble());

    private static void Do(EvictionQueue queue, Act act, Sized resident, HashSet<Sized> here, Stack<long> reserved)
    {
        switch (act)
        {
            case Act.Add when here.Add(resident):
                if (!queue.TryAdd(resident))
                {
                    here.Remove(resident);
                }

                break;
            case Act.Remove:
                queue.Remove(resident);
                here.Remove(resident);
                break;
            case Act.Touch:
                resident.Touch();
                break;
            case Act.Reserve when queue.TryReserve(resident.Cost):
                reserved.Push(resident.Cost);
                break;
            case Act.Release when reserved.TryPop(out var bytes):
                queue.Release(bytes);
                break;
        }
    }

    private sealed class Sized(string id, long cost, Action<Sized> onEvicted) : Resident
    {
        public override string Id => id;

        public override long Cost => cost;

        protected internal override void OnEvicted() => onEvicted(this);
    }
}
