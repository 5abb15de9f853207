using ReleaseServer.Buckets;
using ReleaseServer.Caching;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Caching;

/// <summary>The rules of objects, for values that are worked out.</summary>
public sealed class CollapsedValuesTests
{
    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly EvictionQueue _memory = new(1 << 20);
    private readonly CollapsedValues<string> _values;
    private FreshnessClass _class = new("x", TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10), TimeSpan.FromHours(1));
    private Func<Task<string>> _work = static () => Task.FromResult("old");
    private TaskCompletionSource _begun = new();
    private int _worked;

    public CollapsedValuesTests() => _values = new CollapsedValues<string>(new CacheClock(_clock), _memory, static value => value.Length);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Get_ThousandAtOnce_WorkedOutOnce()
    {
        var all = await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => Task.Run(GetAsync, Token)));

        Assert.All(all, static value => Assert.Equal("old", value));
        Assert.Equal(1, _worked);
    }

    [Fact]
    public async Task Get_WorkFails_SharedForASecond()
    {
        Fail();

        await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => Task.Run(() => Assert.ThrowsAsync<BucketUnavailableException>(GetAsync), Token)));

        Assert.Equal(1, _worked);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Succeed("new");
        Assert.Equal("new", await GetAsync());
    }

    [Fact]
    public async Task Get_WorkFailsOtherwise_ToldAndForgotten()
    {
        _work = static () => throw new InvalidOperationException("a fault of the program");

        await Assert.ThrowsAsync<InvalidOperationException>(GetAsync);

        Assert.Equal((0, 0), (_values.Count, _memory.Used));
    }

    [Fact]
    public async Task Get_Stale_OldAtOnceWhileItIsWorkedOut()
    {
        await GetAsync();
        var held = Hold();
        _clock.Advance(TimeSpan.FromSeconds(11));

        Assert.Equal("old", await GetAsync());
        await _begun.Task.WaitAsync(Token);
        Assert.Equal("old", await GetAsync());

        Assert.Equal(2, _worked);
        held.SetResult("new");
    }

    [Fact]
    public async Task Get_ExpiredAndWorkHangs_OldAfterHalfASecond()
    {
        await GetAsync();
        Hold();
        _clock.Advance(TimeSpan.FromMinutes(1));
        var getting = GetAsync();
        await _clock.WaitForTimerAsync(Token);

        Assert.False(getting.IsCompleted);
        _clock.Advance(TimeSpan.FromMilliseconds(500));

        Assert.Equal("old", await getting);
    }

    [Fact]
    public async Task Get_WorkFailsWithAnOldOne_OldOneAndAskedEachFiveSeconds()
    {
        await GetAsync();
        Fail();
        _clock.Advance(TimeSpan.FromMinutes(1));

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("old", await GetAsync());
            _clock.Advance(TimeSpan.FromMilliseconds(900));
        }

        Assert.Equal(2, _worked);
        _clock.Advance(TimeSpan.FromHours(1));
        await Assert.ThrowsAsync<BucketUnavailableException>(GetAsync);
    }

    [Fact]
    public async Task Get_LifetimeOfNothing_WorkedOutEachTime()
    {
        _class = _class with { Lifetime = TimeSpan.Zero, StaleWhileRevalidate = TimeSpan.Zero };

        for (var i = 1; i <= 3; i++)
        {
            await GetAsync();
            Assert.Equal(i, _worked);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Purge_WhileItIsWorkedOut_NobodyGetsTheOldOne(bool isHard)
    {
        var held = Hold();
        var getting = GetAsync();
        await _begun.Task.WaitAsync(Token);
        Succeed("new");
        _values.Purge(static _ => true, isHard);

        held.SetResult("old");

        Assert.Equal("new", await getting);
        Assert.Equal("new", await GetAsync());
    }

    [Fact]
    public async Task PurgeHard_Kept_GoneAndItsRoomIsFree()
    {
        await GetAsync();
        Assert.NotEqual(0, _memory.Used);

        _values.Purge(static _ => true, isHard: true);

        Assert.Equal((0, 0), (_values.Count, _memory.Used));
        Fail();
        await Assert.ThrowsAsync<BucketUnavailableException>(GetAsync);
    }

    [Fact]
    public async Task PurgeSoft_WorkFails_OldOne()
    {
        await GetAsync();
        _values.Purge(static _ => true, isHard: false);
        Fail();
        _clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal("old", await GetAsync());
    }

    [Fact]
    public async Task Purge_RememberedFailure_WorkedOutAgain()
    {
        Fail();
        await Assert.ThrowsAsync<BucketUnavailableException>(GetAsync);
        Succeed("new");

        _values.Purge(static _ => true, isHard: false);

        Assert.Equal("new", await GetAsync());
    }

    [Fact]
    public async Task Get_ManyNames_BoundedByMemory()
    {
        for (var i = 0; i < 20_000; i++)
        {
            await _values.GetAsync($"random/{i}/", _class, static _ => Task.FromResult("x"), Token);
        }

        Assert.InRange(_values.Count, 1, (1 << 20) / 256);
        Assert.InRange(_memory.Used, 1, _memory.Capacity);
        _values.Purge(static _ => true, isHard: true);
        Assert.Equal((0, 0), (_values.Count, _memory.Used));
    }

    [Fact]
    public async Task Get_CallerLeaves_WorkGoesOn()
    {
        var held = Hold();
        using var leaving = new CancellationTokenSource();
        var getting = _values.GetAsync("x", _class, WorkAsync, leaving.Token).AsTask();
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => getting);

        var other = GetAsync();
        held.SetResult("value");

        Assert.Equal("value", await other);
        Assert.Equal(1, _worked);
    }

    private async Task<string> GetAsync() => (await _values.GetAsync("x", _class, WorkAsync, Token)).Value;

    private Task<string> WorkAsync(string name)
    {
        Interlocked.Increment(ref _worked);
        return Volatile.Read(ref _work)();
    }

    private void Fail() => _work = static () => throw new BucketUnavailableException("down");

    private void Succeed(string value) => _work = () => Task.FromResult(value);

    private TaskCompletionSource<string> Hold()
    {
        var held = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var begun = _begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _work = () =>
        {
            begun.TrySetResult();
            return held.Task;
        };
        return held;
    }
}
