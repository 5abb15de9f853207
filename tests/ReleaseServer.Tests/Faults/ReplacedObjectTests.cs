using System.Text;

namespace ReleaseServer.Tests.Faults;

/// <summary>An object that is replaced between its metadata and its bytes: all of one version, or none.</summary>
public abstract class ReplacedObjectTests(bool hasCache)
{
    protected const string Key = "nodejs/release/node.tar.gz";

    protected static readonly byte[] NewContent = Encoding.ASCII.GetBytes("the new version, of another length");

    [Theory]
    [InlineData("Range: bytes=4-6", 206, "new")]
    [InlineData("If-None-Match: \"x\"", 200, "the new version, of another length")]
    [InlineData("Range: bytes=100000-", 416, null)]
    public async Task Replaced_Once_AnswerOfTheNewVersion(string field, int status, string? content)
    {
        await using var server = await FaultServer.StartAsync(hasCache);
        var heads = 0;
        server.Bucket.AfterHead = () =>
        {
            if (heads++ == 0)
            {
                server.Inner.Put(Key, NewContent);
            }
        };

        var response = await server.AskAsync("GET", FaultServer.Archive, field);

        Assert.Equal(status, response.Status);
        if (content is not null)
        {
            Assert.Equal(content, response.Text);
            Assert.Equal((await server.AskAsync("HEAD", FaultServer.Archive))["ETag"], response["ETag"]);
        }
    }

    [Fact]
    public async Task Removed_BetweenMetadataAndBytes_404()
    {
        await using var server = await FaultServer.StartAsync(hasCache);
        server.Bucket.AfterHead = () => server.Inner.Remove(Key);

        Assert.Equal(404, (await server.AskAsync("GET", FaultServer.Archive, "Range: bytes=0-4")).Status);
    }
}

/// <summary>Each question is one to the bucket.</summary>
public sealed class ReplacedObjectWithoutCache() : ReplacedObjectTests(hasCache: false)
{
    [Fact]
    public async Task Replaced_EachTime_503()
    {
        await using var server = await FaultServer.StartAsync();
        var version = 0;
        var opens = server.Bucket.Opens;
        server.Bucket.AfterHead = () => server.Inner.Put(Key, $"version {version++} of this object");

        var response = await server.AskAsync("GET", FaultServer.Archive, "Range: bytes=0-4");

        Assert.Equal(503, response.Status);
        Assert.NotNull(response["Retry-After"]);
        Assert.Equal(3, server.Bucket.Opens - opens);
    }

    [Fact]
    public async Task Replaced_BetweenTwoParts_ConnectionAborted()
    {
        await using var server = await FaultServer.StartAsync();
        var script = new Testing.Buckets.BodyScript(100) { Holds = true };
        server.Bucket.Body = script;
        await using var client = await server.ConnectAsync();
        await client.SendAsync($"GET {FaultServer.Archive} HTTP/1.1\r\nHost: h\r\nRange: bytes=0-1000,2000-3000\r\n\r\n");
        await script.Reached;

        server.Inner.Put(Key, NewContent);
        script.Release();

        await Assert.ThrowsAsync<Testing.Http.FramingException>(() => client.ReadResponseAsync("GET"));
    }
}

/// <summary>What is on its way is of one version to its end, whoever reads it.</summary>
public sealed class ReplacedObjectWithCache() : ReplacedObjectTests(hasCache: true)
{
    [Fact]
    public async Task Replaced_BetweenTwoParts_BothOfTheOldVersion()
    {
        await using var server = await FaultServer.StartAsync(hasCache: true);
        var script = new Testing.Buckets.BodyScript(100) { Holds = true };
        server.Bucket.Body = script;
        await using var client = await server.ConnectAsync();
        await client.SendAsync($"GET {FaultServer.Archive} HTTP/1.1\r\nHost: h\r\nRange: bytes=0-1000,2000-3000\r\n\r\n");
        await script.Reached;

        server.Inner.Put(Key, NewContent);
        script.Release();

        var response = await client.ReadResponseAsync("GET");
        Assert.Equal(206, response.Status);
        Assert.Contains("Content-Range: bytes 2000-3000/8388608", response.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("version", response.Text, StringComparison.Ordinal);
    }
}
