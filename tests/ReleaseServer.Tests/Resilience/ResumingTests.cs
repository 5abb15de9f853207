using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Resilience;
using ReleaseServer.Testing.Buckets;

namespace ReleaseServer.Tests.Resilience;

/// <summary>Bodies too long to be buffered that break: the same bytes go on, or the reader is told that they do not.</summary>
public sealed class ResumingTests
{
    private static readonly AssetKey X = LanesOfTest.X;

    private static readonly byte[] Content = [.. Enumerable.Range(0, 600_000).Select(static i => (byte)(i % 251))];

    private readonly InMemoryBucket _primaryInner = new();
    private readonly InMemoryBucket _replicaInner = new();
    private readonly FaultyBucket _primary;
    private readonly FaultyBucket _replica;
    private readonly LanesOfTest _lanes;

    public ResumingTests()
    {
        (_primary, _replica) = (new FaultyBucket(_primaryInner), new FaultyBucket(_replicaInner));
        _lanes = new LanesOfTest(_primary, _replica);
        _primaryInner.Put(X.Value, Content);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Read_BreaksOnce_GoesOnAtTheSameBucket()
    {
        BreakOnce(after: 4000);

        Assert.Equal(Content, await _lanes.ReadAsync(X, Token));

        Assert.Equal((2, 0), (_primary.Opens, _replica.Opens));
    }

    [Fact]
    public async Task Read_RangeBreaksOnce_RestOfTheRange()
    {
        BreakOnce(after: 400);

        await using var opened = await _lanes.Bucket.OpenAsync(X, new ByteRange(1000, 500_999), null, Token);
        var read = new byte[500_000];
        await opened!.Body.ReadExactlyAsync(read, Token);

        Assert.Equal(Content[1000..501_000], read);
        Assert.Equal(0, await opened.Body.ReadAsync(new byte[1], Token));
    }

    [Fact]
    public async Task Read_BreaksAndBucketIsDown_GoesOnAtAReplicaWithTheSameBytes()
    {
        _replicaInner.Put(X.Value, Content, DateTimeOffset.UnixEpoch);
        BreakOnce(after: 4000, then: _primary.GoDown);

        Assert.Equal(Content, await _lanes.ReadAsync(X, Token));

        Assert.Equal(1, _replica.Opens);
    }

    [Fact]
    public async Task Read_ReplicaHasAnotherTagAndTheSameSha256_GoesOnThere()
    {
        var digest = new ContentDigest(DigestAlgorithm.Sha256, new string('a', 64));
        _replicaInner.Put(X.Value, Content, tag: new EntityTag("\"parts-2\""));
        var primary = new DigestingBucket(_primary, digest);
        var lanes = new LanesOfTest(primary, new DigestingBucket(_replica, digest));
        BreakOnce(after: 4000, then: _primary.GoDown);

        Assert.Equal(Content, await lanes.ReadAsync(X, Token));
    }

    [Fact]
    public async Task Read_ReplicaHasAnotherSha256AndTheSameTag_Aborts()
    {
        _replicaInner.Put(X.Value, Content);
        var lanes = new LanesOfTest(
            new DigestingBucket(_primary, new ContentDigest(DigestAlgorithm.Sha256, new string('a', 64))),
            new DigestingBucket(_replica, new ContentDigest(DigestAlgorithm.Sha256, new string('b', 64))));
        BreakOnce(after: 4000, then: _primary.GoDown);

        await Assert.ThrowsAsync<BucketUnavailableException>(() => lanes.ReadAsync(X, Token));
    }

    [Theory]
    [InlineData(600_000, "\"0123456789abcdef0123456789abcdef\"")]
    [InlineData(599_999, null)]
    public async Task Read_ReplicaHasOtherBytes_Aborts(int length, string? tag)
    {
        _replicaInner.Put(X.Value, Content[..length], tag: tag is null ? null : new EntityTag(tag));
        BreakOnce(after: 4000, then: _primary.GoDown);

        await Assert.ThrowsAsync<BucketUnavailableException>(() => _lanes.ReadAsync(X, Token));
    }

    [Fact]
    public async Task Read_TagsOfDateAndLengthAreEqual_ProveNothing()
    {
        var tag = FolderBucket.TagOf(DateTimeOffset.UnixEpoch, Content.Length);
        _primaryInner.Put(X.Value, Content, tag: tag);
        _replicaInner.Put(X.Value, new byte[Content.Length], tag: tag);
        BreakOnce(after: 4000, then: _primary.GoDown);

        await Assert.ThrowsAsync<BucketUnavailableException>(() => _lanes.ReadAsync(X, Token));
    }

    [Fact]
    public async Task Read_ReplacedMidway_AbortsThoughAReplicaHasTheOldBytes()
    {
        _replicaInner.Put(X.Value, Content);
        BreakOnce(after: 4000, then: () => _primaryInner.Put(X.Value, new byte[Content.Length]));

        var failure = await Assert.ThrowsAsync<BucketUnavailableException>(() => _lanes.ReadAsync(X, Token));

        Assert.IsType<RepresentationChangedException>(failure.InnerException);
    }

    [Fact]
    public async Task Read_RemovedMidway_Aborts()
    {
        BreakOnce(after: 4000, then: () => _primaryInner.Remove(X.Value));

        await Assert.ThrowsAsync<BucketUnavailableException>(() => _lanes.ReadAsync(X, Token));
    }

    [Fact]
    public async Task Read_BreaksAgainAndAgainWithoutProgress_Aborts()
    {
        _primary.Body = new BodyScript(0) { Fault = static () => new BucketUnavailableException("broke") { Fault = BucketFault.Reset } };

        await Assert.ThrowsAsync<BucketUnavailableException>(() => _lanes.ReadAsync(X, Token));

        Assert.InRange(_primary.Opens, 2, new RetryOptions().FlakyAttempts);
    }

    [Fact]
    public async Task Read_OneAttemptOnly_Aborts()
    {
        var lanes = new LanesOfTest(new ResilienceOptions { Retry = new RetryOptions { Attempts = 1 } }, time: null, logger: null, _primary);
        BreakOnce(after: 4000);

        await Assert.ThrowsAsync<BucketUnavailableException>(() => lanes.ReadAsync(X, Token));
    }

    [Fact]
    public async Task OpenChanged_BodyBreaks_GoesOn()
    {
        BreakOnce(after: 4000);

        var read = await _lanes.Bucket.OpenChangedAsync(X, new EntityTag("\"old\""), Token);
        await using var opened = read.Representation!;
        using var content = new MemoryStream();
        await opened.Body.CopyToAsync(content, Token);

        Assert.Equal(Content, content.ToArray());
    }

    private void BreakOnce(int after, Action? then = null) => _primary.BreakOnce(after, then);
}
