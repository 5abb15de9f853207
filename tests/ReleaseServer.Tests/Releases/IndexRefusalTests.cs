using System.Text;
using ReleaseServer.Releases;
using ReleaseServer.Sample;
using static ReleaseServer.Tests.Releases.IndexOfTest;

namespace ReleaseServer.Tests.Releases;

/// <summary>What an index is not built of: each fault is named, and nothing that was known is lost.</summary>
public sealed class IndexRefusalTests
{
    private static readonly VersionFacts Secure = new() { Security = true };

    [Fact]
    public async Task Build_FactsWrittenDownBadly_EveryFaultNamed()
    {
        var bucket = await SampleAsync();
        PutVersion(bucket, Next);
        bucket.Put(".release-server/facts/nodejs/release/v26.8.0.json", """{ "format": 1, "date": "20.8.2026", "securty": true }""");

        var build = await BuildAsync(bucket, await RequestAsync(bucket, Release));

        Assert.Equal(
            [
                "v26.8.0: .release-server/facts/nodejs/release/v26.8.0.json: date cannot be '20.8.2026'",
                "v26.8.0: .release-server/facts/nodejs/release/v26.8.0.json: securty is not known here",
            ],
            build.Faults);
        Assert.True(build.Json.IsEmpty);
    }

    [Fact]
    public async Task Build_TarballsBroken_FaultForEachFactThatIsMissing()
    {
        var bucket = await SampleAsync();
        PutVersion(bucket, Next);
        foreach (var name in SampleAssets.Of(Next).Select(static asset => asset.Name).Where(static name => name.EndsWith(".tar.gz", StringComparison.Ordinal)))
        {
            bucket.Put($"nodejs/release/v26.8.0/{name}", "no tarball");
        }

        var request = await RequestAsync(bucket, Release);
        var refused = await BuildAsync(bucket, request);
        var allowed = await BuildAsync(bucket, request with { AllowUnknown = true });

        Assert.Equal(
            new[] { "npm", "v8", "uv", "zlib", "openssl", "modules" }.Select(static name => $"v26.8.0: {name} is not known: no tarball of it states it"),
            refused.Faults);
        Assert.Contains(refused.Notes, static note => note.StartsWith("v26.8.0: nodejs/release/v26.8.0/node-v26.8.0-headers.tar.gz is no whole tarball", StringComparison.Ordinal));
        Assert.Empty(allowed.Faults);
        Assert.Null(allowed.Entries[0].Npm);
    }

    [Fact]
    public async Task Build_AnotherVersionsArtifacts_Refused()
    {
        var bucket = await SampleAsync();
        PutVersion(bucket, Next);
        bucket.Put("nodejs/release/v26.8.0/node-v26.8.0-headers.tar.gz", await ContentAsync(bucket, "nodejs/release/v24.19.0/node-v24.19.0-headers.tar.gz"));

        var build = await BuildAsync(bucket, await RequestAsync(bucket, Release));

        Assert.Equal("v26.8.0: its artifacts are those of 24.19.0: node_version.h says so", Assert.Single(build.Faults));
    }

    [Fact]
    public async Task Build_WhatWouldBeLost_EachRefusedByVersionAndField()
    {
        var bucket = await SampleAsync();
        var request = await RequestAsync(bucket, Release);
        await RemoveDirectoryAsync(bucket, "nodejs/release/v20.20.2/");
        bucket.Remove("nodejs/release/v24.19.0/node-v24.19.0.pkg");
        bucket.Remove("nodejs/release/v4.9.1/SHASUMS256.txt");
        bucket.Put("nodejs/release/v22.23.2/node-v22.23.2-headers.tar.gz", SampleArchives.Gzip(SampleArchives.Tar(
            "node-v22.23.2", SampleHeaders.All(SampleVersions.All.Single(static version => version.Name == "v22.23.2") with { Lts = null }), DateTimeOffset.UnixEpoch)));

        var build = await BuildAsync(bucket, request with { Rebuild = true });

        Assert.Equal(
            [
                "v20.20.2: is in index.json, but the bucket has no directory nodejs/release/v20.20.2/; put it back, or withdraw the version",
                "v22.23.2: lts would change from Jod to false: node_version.h says it has no long-term support",
                "v24.19.0: files would lose osx-x64-pkg: its file is not there, or not in SHASUMS256.txt",
                "v4.9.1: SHASUMS256.txt is missing",
            ],
            build.Faults.Order(StringComparer.Ordinal));
        Assert.True(build.Json.IsEmpty && build.Tab.IsEmpty);
    }

    [Fact]
    public async Task Build_TabKnowsMore_Refused()
    {
        var bucket = await SampleAsync();
        var request = await RequestAsync(bucket, Release);
        var without = Encoding.UTF8.GetString(request.Json!.Value.Span).Replace(",\"zlib\":\"1.2.8\"", "", StringComparison.Ordinal);

        var build = await BuildAsync(bucket, request with { Json = Encoding.UTF8.GetBytes(without) });

        Assert.Equal(
            ["v0.10.48: index.tab knows zlib 1.2.8, which would be lost", "v0.12.18: index.tab knows zlib 1.2.8, which would be lost"],
            build.Faults.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Build_TabWithoutJson_Refused()
    {
        var bucket = await SampleAsync();

        var build = await BuildAsync(bucket, (await RequestAsync(bucket, Release)) with { Json = null });

        Assert.StartsWith("index.tab: is there, but index.json is not", Assert.Single(build.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Build_GivenForAVersionThatIsNotThere_Refused()
    {
        var bucket = await SampleAsync();

        var build = await BuildAsync(bucket, (await RequestAsync(bucket, Release)) with { Given = Of("v99.0.0", Secure) });

        Assert.Equal(["v99.0.0: is no version of nodejs/release, nor in its index"], build.Faults);
    }
}
