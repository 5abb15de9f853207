using ReleaseServer.Site;

namespace ReleaseServer.Tests.Site;

public sealed class KeyPatternTests
{
    [Theory]
    [InlineData("a/b", "a/b", true)]
    [InlineData("a/b", "a/bc", false)]
    [InlineData("a/b", "a", false)]
    [InlineData("a/b", "a/b/c", false)]
    [InlineData("v*", "v", true)]
    [InlineData("v*", "v22.1.0", true)]
    [InlineData("v*", "v22/x", false)]
    [InlineData("*.json", "index.json", true)]
    [InlineData("*.json", "index.json.gz", false)]
    [InlineData("a*b*c", "abc", true)]
    [InlineData("a*b*c", "a-bb-c", true)]
    [InlineData("a*b*c", "a-c", false)]
    [InlineData("a*a", "a", false)]
    [InlineData("*", "anything", true)]
    [InlineData("**", "a/b/c", true)]
    [InlineData("**/index.json", "index.json", true)]
    [InlineData("**/index.json", "a/b/index.json", true)]
    [InlineData("**/index.json", "a/my-index.json", false)]
    [InlineData("r/v*/**", "r/v1/x", true)]
    [InlineData("r/v*/**", "r/v1/docs/api/index.json", true)]
    [InlineData("r/v*/**", "r/v1", false)]
    [InlineData("r/v*/**", "r/latest/x", false)]
    [InlineData("a/**/z", "a/z", true)]
    [InlineData("a/**/z", "a/b/z/z", true)]
    [InlineData("a/**/z", "a/b/zz", false)]
    [InlineData("**/b/**/c", "a/b/b/x/c", true)]
    [InlineData("**/b/**/c", "a/c/b", false)]
    [InlineData("A", "a", false)]
    [InlineData("a?", "ab", false)]
    public void Matches_Key_WholeAndBySegments(string text, string key, bool expected)
    {
        Assert.True(KeyPattern.TryParse(text, out var pattern));

        Assert.Equal(expected, pattern.Matches(key));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData("a/../b")]
    [InlineData("a/.")]
    [InlineData("a**")]
    [InlineData("a/***")]
    public void TryParse_WhatNoKeyMatches_Refused(string text)
    {
        Assert.False(KeyPattern.TryParse(text, out _));
    }

    [Fact]
    public void Matches_AnyKey_WithoutAllocating()
    {
        Assert.True(KeyPattern.TryParse("**/v*/**/*.json", out var pattern));
        pattern.Matches("nodejs/release/v22.1.0/docs/api/fs.json"); // first call pays for the JIT

        var before = GC.GetAllocatedBytesForCurrentThread();
        var matches = pattern.Matches("nodejs/release/v22.1.0/docs/api/fs.json");
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.True(matches);
        Assert.Equal(0, allocated);
    }
}
