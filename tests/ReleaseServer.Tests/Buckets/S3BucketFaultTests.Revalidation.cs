using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Testing.S3;

namespace ReleaseServer.Tests.Buckets;

/// <content>Of questions whether a version is still the current one: one request each, whatever the store makes of it.</content>
public sealed partial class S3BucketFaultTests
{
    private static readonly EntityTag Another = new("\"another\"");

    [Fact]
    public async Task OpenChanged_SameVersion_OneRequestWithTheTag()
    {
        var tag = PutTagged("\"one\"");

        var read = await _bucket.OpenChangedAsync(X, tag, Token);

        Assert.Equal(RevalidationOutcome.Unchanged, read.Outcome);
        Assert.Equal("\"one\"", Assert.Single(_stub.Calls).Fields["If-None-Match"]);
    }

    [Fact]
    public async Task OpenChanged_AnotherVersion_OneRequestForItsBytesToo()
    {
        var read = await _bucket.OpenChangedAsync(X, Another, Token);

        await using var opened = read.Representation;
        Assert.Equal(7, await CountAsync(opened!.Body));
        Assert.Equal("GET", Assert.Single(_stub.Calls).Method);
    }

    [Fact]
    public async Task OpenChanged_Gone_OneRequest()
    {
        var read = await _bucket.OpenChangedAsync(AssetKey.TryCreate("gone", out var gone) ? gone : default, Another, Token);

        Assert.Equal(RevalidationOutcome.Absent, read.Outcome);
        Assert.Single(_stub.Calls);
    }

    [Theory]
    [InlineData("\"one\"")]
    [InlineData("one")]
    public async Task OpenChanged_StoreIgnoresIfNoneMatch_UnchangedAllTheSame(string sent)
    {
        PutTagged(sent);
        _stub.Fail(new StubFault { IgnoreConditions = true });

        var read = await _bucket.OpenChangedAsync(X, new EntityTag("\"one\""), Token);

        Assert.Equal(new Revalidation(RevalidationOutcome.Unchanged), read);
        Assert.Single(_stub.Calls);
    }

    [Theory]
    [InlineData("W/\"weak\"")]
    [InlineData("")]
    public async Task OpenChanged_TagThatTheStoreCannotCompare_NotSentAndComparedHere(string sent)
    {
        PutTagged(sent);
        await using var opened = await _bucket.OpenAsync(X, null, null, Token);

        var same = await _bucket.OpenChangedAsync(X, opened!.Metadata.EntityTag, Token);

        Assert.Equal(new Revalidation(RevalidationOutcome.Unchanged), same);
        Assert.Equal(2, _stub.Calls.Count);
        Assert.All(_stub.Calls, static call => Assert.DoesNotContain("If-None-Match", call.Fields.Keys, StringComparer.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task OpenChanged_NotModifiedThoughNothingWasAsked_Unavailable()
    {
        _stub.Fail(new StubFault { Status = 304, Body = string.Empty });

        await Assert.ThrowsAsync<BucketUnavailableException>(async () => await _bucket.OpenChangedAsync(X, Another.AsWeak(), Token));

        Assert.Single(_stub.Calls);
    }

    [Fact]
    public async Task OpenChanged_AnswerWithoutADate_Unavailable()
    {
        _stub.Fail(new StubFault { Fields = new Dictionary<string, string?> { ["Last-Modified"] = null } });

        await Assert.ThrowsAsync<BucketUnavailableException>(async () => await _bucket.OpenChangedAsync(X, Another, Token));
    }

    [Fact]
    public async Task OpenChanged_AnswerWithoutATag_ChangedWithOneMadeHere()
    {
        _stub.Fail(new StubFault { Fields = new Dictionary<string, string?> { ["ETag"] = null } });

        var read = await _bucket.OpenChangedAsync(X, Another, Token);

        await using var opened = read.Representation;
        Assert.StartsWith("\"date-", opened!.Metadata.EntityTag.Opaque, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(201)]
    [InlineData(204)]
    [InlineData(206)]
    [InlineData(412)]
    [InlineData(416)]
    public async Task OpenChanged_StatusThatMeansNothingHere_Unavailable(int status)
    {
        _stub.Fail(new StubFault { Status = status, Body = string.Empty });

        await Assert.ThrowsAsync<BucketUnavailableException>(async () => await _bucket.OpenChangedAsync(X, Another, Token));
    }

    [Fact]
    public async Task OpenChanged_BodyCutMidway_Unavailable()
    {
        var cut = new TaskCompletionSource();
        _stub.Fail(new StubFault { CutAfter = 3, CutWhen = cut.Task });
        await using var opened = (await _bucket.OpenChangedAsync(X, Another, Token)).Representation;
        cut.SetResult();

        await Assert.ThrowsAsync<BucketUnavailableException>(() => CountAsync(opened!.Body));
    }

    private EntityTag PutTagged(string tag)
    {
        _stub.Put("faults", "x", StubObject.Of("content"u8.ToArray()) with { EntityTag = tag });
        return new EntityTag(tag);
    }
}
