using ReleaseServer.Alerting;
using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Resilience;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Http;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Resilience;

/// <summary>Short bodies are whole and right before they are handed on; slow ones are not waited for.</summary>
public sealed class BufferingTests
{
    private const int MostHeld = 64 << 20;

    private static readonly AssetKey X = LanesOfTest.X;

    private static readonly byte[] Content = [.. Enumerable.Range(0, BufferingBucket.Longest).Select(static i => (byte)(i % 251))];

    private readonly InMemoryBucket _inner = new();
    private readonly FaultyBucket _bucket;
    private readonly LanesOfTest _lanes;

    public BufferingTests()
    {
        _bucket = new FaultyBucket(_inner);
        _lanes = new LanesOfTest(new DigestingBucket(_bucket, DigestOf(Content)));
        _inner.Put(X.Value, Content);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Open_Breaks_AskedAgainFromItsBeginning()
    {
        // A body that announces more than there is ends early, and nobody has the rest.
        BreakOnce(after: 4000, then: () => _inner.Put(X.Value, Content, tag: new EntityTag("\"another\"")));

        Assert.Equal(Content, await _lanes.ReadAsync(X, Token));

        Assert.Equal(2, _bucket.Opens);
    }

    [Fact]
    public async Task Open_RangeBreaks_AskedAgain()
    {
        BreakOnce(after: 400);

        await using var opened = await _lanes.Bucket.OpenAsync(X, new ByteRange(1000, 1999), null, Token);
        Assert.Equal(2, _bucket.Opens);
        var read = new byte[1000];
        await opened!.Body.ReadExactlyAsync(read, Token);

        Assert.Equal(Content[1000..2000], read);
        Assert.Equal(0, await opened.Body.ReadAsync(new byte[1], Token));
    }

    [Fact]
    public async Task OpenChanged_Breaks_AskedAgain()
    {
        BreakOnce(after: 400);

        var read = await _lanes.Bucket.OpenChangedAsync(X, new EntityTag("\"old\""), Token);
        await using var opened = read.Representation!;
        using var content = new MemoryStream();
        await opened.Body.CopyToAsync(content, Token);

        Assert.Equal(Content, content.ToArray());
    }

    [Fact]
    public async Task Open_WrongBytesOnce_AskedAgainAndTold()
    {
        _inner.Put(X.Value, new byte[Content.Length]);
        _bucket.OnOpenKey = _ =>
        {
            if (_bucket.Opens == 2)
            {
                _inner.Put(X.Value, Content);
            }

            return null;
        };

        Assert.Equal(Content, await _lanes.ReadAsync(X, Token));

        Assert.Equal(AlertKind.WrongBytes, Assert.Single(_lanes.Alerts.Raised).Kind);
    }

    [Fact]
    public async Task Open_WrongBytesForGood_RefusedBeforeTheFirstByteAndTheBreakerStaysClosed()
    {
        _inner.Put(X.Value, new byte[Content.Length]);

        for (var i = 0; i < 3; i++)
        {
            await Assert.ThrowsAsync<WrongBytesException>(async () => await _lanes.Bucket.OpenAsync(X, range: null, expected: null, Token));
        }

        Assert.True(_lanes.Lanes[0].Health.Breaker.IsClosed);
    }

    [Fact]
    public async Task Open_ManyAtOnceOfADamagedObject_BreakerStaysClosed()
    {
        const int Readers = 30;
        var bodies = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _inner.Put(X.Value, new byte[Content.Length]);
        var lanes = new LanesOfTest(
            new ResilienceOptions { Retry = new RetryOptions { Attempts = 1 } },
            new ManualClock(DateTimeOffset.UnixEpoch),
            logger: null,
            new DigestingBucket(new WaitingBodies(_inner, bodies.Task), DigestOf(Content)));

        var reads = Enumerable.Range(0, Readers).Select(_ => lanes.ReadAsync(X, Token)).ToList();
        bodies.SetResult();
        foreach (var read in reads)
        {
            await Assert.ThrowsAsync<WrongBytesException>(() => read);
        }

        Assert.True(lanes.Lanes[0].Health.Breaker.IsClosed);
    }

    // A head is no success where its body is none: what it would pay for would be the retries of just these.
    [Theory]
    [InlineData(BufferingBucket.Longest)]
    [InlineData(2 * BufferingBucket.Longest)]
    public async Task Open_EachBodyBreaks_ASingleOneIsAskedAgainAndAllOfThemHardlyMore(int length)
    {
        const int Reads = 200;
        _inner.Put(X.Value, new byte[length]);
        _bucket.Body = new BodyScript(10) { Fault = static () => new BucketUnavailableException("broke") { Fault = BucketFault.Reset } };

        await ReadInVainAsync(new LanesOfTest(AtOnce, time: null, logger: null, _bucket), Reads);

        Assert.InRange(_bucket.Opens, Reads, (int)(1.1 * Reads) + 60);
    }

    [Fact]
    public async Task Open_WrongBytesForGood_HardlyMoreThanOneRequestForEachRead()
    {
        const int Reads = 200;
        _inner.Put(X.Value, new byte[Content.Length]);

        await ReadInVainAsync(new LanesOfTest(AtOnce, time: null, logger: null, new DigestingBucket(_bucket, DigestOf(Content))), Reads);

        Assert.InRange(_bucket.Opens, Reads, (int)(1.1 * Reads) + 60);
    }

    [Fact]
    public async Task Open_WrongBytesForGood_AnotherBucketAnswers()
    {
        var replica = new InMemoryBucket();
        replica.Put(X.Value, Content);
        var lanes = new LanesOfTest(new DigestingBucket(_bucket, DigestOf(Content)), replica).AllCurrent();
        _inner.Put(X.Value, new byte[Content.Length]);

        Assert.Equal(Content, await lanes.ReadAsync(X, Token));
    }

    [Fact]
    public async Task Open_TakesLong_HandedOnAsItComes()
    {
        var held = new BodyScript(400) { Holds = true };
        _bucket.Body = held;

        await using var opened = await _lanes.Bucket.OpenAsync(X, range: null, expected: null, Token);
        var beginning = new byte[400];
        await opened!.Body.ReadExactlyAsync(beginning, Token).AsTask().WaitAsync(RawClient.Patience, Token);
        var next = opened.Body.ReadAsync(new byte[1], Token).AsTask();
        Assert.False(next.IsCompleted);
        held.Release();
        await next;
        using var rest = new MemoryStream();
        await opened.Body.CopyToAsync(rest, Token);

        Assert.Equal(Content[..400], beginning);
        Assert.Equal(Content[401..], rest.ToArray());
        Assert.Equal(1, _bucket.Opens);
    }

    [Fact]
    public async Task Open_TakesLongAndIsGivenUp_FreesTheBucket()
    {
        var held = new BodyScript(400) { Holds = true };
        _bucket.Body = held;

        var opened = await _lanes.Bucket.OpenAsync(X, range: null, expected: null, Token);
        await opened!.DisposeAsync();

        await held.Disposed;
    }

    [Fact]
    public async Task Open_ManyAreHeld_FurtherOnesHandedOnAsTheyCome()
    {
        var held = new List<Representation>();
        for (var bytes = 0; bytes < MostHeld; bytes += Content.Length)
        {
            held.Add((await _lanes.Bucket.OpenAsync(X, range: null, expected: null, Token))!);
        }

        var opens = _bucket.Opens;
        BreakOnce(after: 4000);
        held.Add((await _lanes.Bucket.OpenAsync(X, range: null, expected: null, Token))!);
        Assert.Equal(opens + 1, _bucket.Opens);
        await held[^1].Body.ReadExactlyAsync(new byte[Content.Length], Token);
        Assert.Equal(opens + 2, _bucket.Opens);
        foreach (var opened in held)
        {
            await opened.DisposeAsync();
        }

        BreakOnce(after: 4000);
        await using var free = await _lanes.Bucket.OpenAsync(X, range: null, expected: null, Token);
        Assert.Equal(opens + 4, _bucket.Opens);
    }

    // The breaker out of the way, and hardly any time for retries that come with time.
    private static ResilienceOptions AtOnce => new()
    {
        Retry = new RetryOptions { Delay = TimeSpan.FromMilliseconds(1), MaxDelay = TimeSpan.FromMilliseconds(1) },
        Breaker = new BreakerOptions { Failures = 1000 },
    };

    private static async Task ReadInVainAsync(LanesOfTest lanes, int times)
    {
        for (var i = 0; i < times; i++)
        {
            await Assert.ThrowsAnyAsync<BucketUnavailableException>(() => lanes.ReadAsync(X, Token));
        }
    }

    private static ContentDigest DigestOf(byte[] content)
    {
        using var calculator = new DigestCalculator(DigestAlgorithm.Sha256);
        calculator.Append(content);
        return calculator.Finish();
    }

    private void BreakOnce(int after, Action? then = null) => _bucket.BreakOnce(after, then);

    /// <summary>Answers at once; the bytes of all bodies come together.</summary>
    private sealed class WaitingBodies(IBucket inner, Task come) : ForwardingBucket(inner)
    {
        public override async ValueTask<Representation?> OpenAsync(AssetKey key, ByteRange? range, EntityTag? expected, CancellationToken cancellationToken) =>
            await base.OpenAsync(key, range, expected, cancellationToken) is { } opened
                ? new Representation(opened.Metadata, new WaitingBody(opened.Body, come))
                : null;
    }

    private sealed class WaitingBody(Stream inner, Task come) : ForwardStream
    {
        public override long Length => inner.Length;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await come;
            return await inner.ReadAsync(buffer, cancellationToken);
        }

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
