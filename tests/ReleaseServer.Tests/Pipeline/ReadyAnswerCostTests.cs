using System.Globalization;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Pipeline;

/// <summary>Tests that measure the memory of the whole process, and so run alone.</summary>
[CollectionDefinition(nameof(MemoryIsMeasured), DisableParallelization = true)]
public static class MemoryIsMeasured;

/// <summary>What ready answers say that they take is what they take, so that the bound of the cache's memory is one.</summary>
[Collection(nameof(MemoryIsMeasured))]
public sealed class ReadyAnswerCostTests
{
    [Theory]
    [InlineData("missing-{0}")]
    [InlineData("dir-{0}")]
    [InlineData("file-{0}")]
    public async Task Cost_Answers_AtLeastWhatTheyTake(string name)
    {
        const int Many = 2_000;
        var clock = new ManualClock(new DateTimeOffset(2026, 8, 5, 14, 3, 0, TimeSpan.Zero));
        var store = await HotChain.NewBucketAsync(clock);
        await using var chain = await HotChain.StartAsync(store, clock, memoryBytes: 512 << 20);
        for (var i = 0; i < Many; i++)
        {
            store.Put($"nodejs/release/dir-{i}/x", "x", HotChain.Modified);
            store.Put($"nodejs/release/file-{i}", "x", HotChain.Modified);
        }

        // The objects themselves are there before.
        for (var i = 0; i < Many && name[0] == 'f'; i++)
        {
            await chain.GetAsync($"/dist//file-{i}");
        }

        var used = chain.Cache.Memory.Used + chain.Ready.MadeUpUsed;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < Many; i++)
        {
            await chain.GetAsync("/dist/" + name.Replace("{0}", i.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
        }

        var taken = GC.GetTotalMemory(forceFullCollection: true) - before;
        var told = chain.Cache.Memory.Used + chain.Ready.MadeUpUsed - used;
        Assert.Equal(Many, chain.Ready.Count);
        Assert.True(taken <= told, $"{taken / Many} B each, told as {told / Many}");
    }
}
