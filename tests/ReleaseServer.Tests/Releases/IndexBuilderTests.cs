using System.Text;
using ReleaseServer.Releases;
using ReleaseServer.Sample;
using ReleaseServer.Testing.Buckets;
using static ReleaseServer.Tests.Releases.IndexOfTest;

namespace ReleaseServer.Tests.Releases;

/// <summary>What goes into an index, and what stays in it.</summary>
public sealed class IndexBuilderTests
{
    private static readonly VersionFacts Secure = new() { Security = true };

    [Theory]
    [InlineData("nodejs/release")]
    [InlineData("nodejs/nightly")]
    [InlineData("nodejs/rc")]
    public async Task Build_FromArtifactsAlone_SaysWhatTheirMakerKnows(string directory)
    {
        var bucket = await SampleAsync();
        var expected = IndexJson.Read((await RequestAsync(bucket, ChannelOf(directory))).Json!.Value, []);

        // What no artifact states: which releases mend a vulnerability, and, of versions without headers, the V8 that they had.
        var request = new IndexRequest(ChannelOf(directory))
        {
            Given = expected.Where(static entry => entry.Security || !entry.Files.Contains("headers")).ToDictionary(
                static entry => entry.Version, static entry => new VersionFacts { Security = entry.Security, V8 = entry.V8 }),
            AllowUnknown = true,
        };
        bucket.Remove(directory + "/index.json");
        bucket.Remove(directory + "/index.tab");

        var build = await BuildAsync(bucket, request);

        Assert.Empty(build.Faults);
        Assert.Equal(expected.Where(static entry => entry.Version is not "v0.5.0"), build.Entries.Where(static entry => entry.Version is not "v0.5.0"));
        Assert.All(build.Entries, entry => Assert.Equal(bucketDate(entry), entry.Date));
        DateOnly bucketDate(IndexEntry entry) => expected.Single(known => known.Version == entry.Version).Date;
    }

    [Fact]
    public async Task Build_NothingNew_ReadsNoArtifactAndChangesNoByte()
    {
        var bucket = await SampleAsync();
        var request = await RequestAsync(bucket, Release);
        var opens = bucket.Opens;

        var build = await BuildAsync(bucket, request);

        Assert.Equal((0, opens), (build.Read, bucket.Opens));
        Assert.Equal(request.Json!.Value.ToArray(), build.Json.ToArray());
        Assert.Equal(request.Tab!.Value.ToArray(), build.Tab.ToArray());
        Assert.Empty(build.Changes);
    }

    [Fact]
    public async Task Build_Rebuild_ReadsAllAndLosesNothing()
    {
        var bucket = await SampleAsync();
        var request = await RequestAsync(bucket, Release);

        var build = await BuildAsync(bucket, request with { Rebuild = true });

        Assert.Empty(build.Faults);
        Assert.Equal(11, build.Read);
        Assert.Equal(request.Json!.Value.ToArray(), build.Json.ToArray());
    }

    [Fact]
    public async Task Build_NewVersion_ReadAloneAndPutOnTop()
    {
        var bucket = await SampleAsync();
        PutVersion(bucket, Next);

        var build = await BuildAsync(bucket, (await RequestAsync(bucket, Release)) with { Given = Of(Next.Name, Secure) });

        Assert.Empty(build.Faults);
        Assert.Equal(1, build.Read);
        Assert.Equal(SampleIndex.EntryOf(Next, SampleAssets.Of(Next)), build.Entries[0]);
        Assert.Equal([Next.Name], build.Changes.Select(static change => change.Version));
        Assert.Equal(
            "+ v26.8.0 of 2026-08-20: 11 files, npm 11.17.0, v8 14.6.202.40, uv 1.52.2, zlib 1.3.2, openssl 3.5.8, modules 147, security",
            build.Changes[0].ToString());
    }

    [Fact]
    public async Task Build_NewVersionWithXzAlone_ReadAllTheSame()
    {
        var bucket = await SampleAsync();
        PutVersion(bucket, Next);
        foreach (var name in new[] { "-headers", "-linux-x64" })
        {
            Assert.True(bucket.Remove($"{Next.Directory}/node-v26.8.0{name}.tar.gz"));
        }

        var build = await BuildAsync(bucket, await RequestAsync(bucket, Release));

        Assert.Empty(build.Faults);
        Assert.Equal((Next.Npm, Next.V8, Next.OpenSsl), (build.Entries[0].Npm, build.Entries[0].V8, build.Entries[0].OpenSsl));
    }

    [Fact]
    public async Task Build_NewVersionInStaging_ReadThere()
    {
        var (bucket, staging) = (await SampleAsync(), new InMemoryBucket());
        PutVersion(staging, Next, "staging/26.8");

        var build = await BuildAsync(bucket, (await RequestAsync(bucket, Release)) with
        {
            Sources = new Dictionary<string, VersionSource> { [Next.Name] = new(staging, "staging/26.8") },
            Given = Of(Next.Name, Secure),
        });

        Assert.Empty(build.Faults);
        Assert.Equal(SampleIndex.EntryOf(Next, SampleAssets.Of(Next)), build.Entries[0]);
    }

    [Fact]
    public async Task Build_FactsWrittenDown_StandAboveArtifactsAndBelowGivenOnes()
    {
        var bucket = await SampleAsync();
        PutVersion(bucket, Next);
        bucket.Put(".release-server/facts/nodejs/release/v26.8.0.json", """{ "format": 1, "security": true, "npm": "11.17.1", "openssl": "3.5.9" }""");

        var build = await BuildAsync(bucket, (await RequestAsync(bucket, Release)) with { Given = Of(Next.Name, new VersionFacts { OpenSsl = "3.6.0" }) });

        Assert.Empty(build.Faults);
        Assert.Equal((true, "11.17.1", "3.6.0", Next.V8), (build.Entries[0].Security, build.Entries[0].Npm, build.Entries[0].OpenSsl, build.Entries[0].V8));
    }

    [Fact]
    public async Task Build_RebuildWithTarballsBroken_KnownValuesStay()
    {
        var bucket = await SampleAsync();
        var request = await RequestAsync(bucket, Release);
        bucket.Put("nodejs/release/v22.23.2/node-v22.23.2-headers.tar.gz", "no tarball");
        bucket.Put("nodejs/release/v22.23.2/node-v22.23.2-linux-x64.tar.gz", "no tarball");
        bucket.Put("nodejs/release/v22.23.2/node-v22.23.2.tar.gz", "no tarball");

        var build = await BuildAsync(bucket, request with { Reread = new HashSet<string> { "v22.23.2" } });

        Assert.Empty(build.Faults);
        Assert.Equal(3, build.Notes.Count);
        Assert.Equal(request.Json!.Value.ToArray(), build.Json.ToArray());
    }

    [Fact]
    public async Task Build_Withdrawn_LeftOutThoughItsFilesAreThere()
    {
        var bucket = await SampleAsync();

        var build = await BuildAsync(bucket, (await RequestAsync(bucket, Release)) with { Withdrawn = new HashSet<string> { "v22.23.2" } });

        Assert.Empty(build.Faults);
        Assert.Equal(["- v22.23.2"], build.Changes.Select(static change => change.ToString()));
        Assert.DoesNotContain(build.Entries, static entry => entry.Version == "v22.23.2");
    }

    [Fact]
    public async Task Build_DirectoriesThatAreNoVersionOfTheChannel_LeftOut()
    {
        var bucket = await SampleAsync();
        bucket.Put("nodejs/release/v27.0.0-rc.1/SHASUMS256.txt", "");
        bucket.Put("nodejs/release/npm/npm.tgz", "");
        bucket.Put("nodejs/release/v26.9.0/node-v26.9.0.tar.gz", "still being uploaded");

        var build = await BuildAsync(bucket, await RequestAsync(bucket, Release));

        Assert.Empty(build.Faults);
        Assert.Empty(build.Changes);
        Assert.Equal(["v26.9.0: left out, for it has no SHASUMS256.txt"], build.Notes);
    }

    [Fact]
    public async Task Build_KnownVersionOfAnotherForm_Stays()
    {
        var bucket = await SampleAsync();
        bucket.Put("nodejs/release/v0.10.16-isaacs-manual/SHASUMS256.txt", "");
        var request = await RequestAsync(bucket, Release);
        var row = """{"version":"v0.10.16-isaacs-manual","date":"2013-08-21","files":["src"],"v8":"3.14.5.9","lts":false,"security":false},""";
        var json = Encoding.UTF8.GetString(request.Json!.Value.Span).Replace("{\"version\":\"v0.5.0\"", row + "\n{\"version\":\"v0.5.0\"", StringComparison.Ordinal);

        var build = await BuildAsync(bucket, request with { Json = Encoding.UTF8.GetBytes(json) });

        Assert.Empty(build.Faults);
        Assert.Equal(json, Encoding.UTF8.GetString(build.Json.Span));
    }
}
