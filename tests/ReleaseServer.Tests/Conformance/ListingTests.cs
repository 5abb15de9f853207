using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Server;

namespace ReleaseServer.Tests.Conformance;

/// <summary>Listings of directories (docs/http-behaviour.md, Listings).</summary>
public sealed class ListingTests(ConformanceServer server)
{
    [Fact]
    public async Task Html_Directory_AsNginxWritesIt()
    {
        var response = await server.GetAsync("/dist/odd/");

        Assert.Equal(200, response.Status);
        Assert.Equal("text/html", response["Content-Type"]);
        Assert.Equal(ConformanceServer.LastModified, response["Last-Modified"]);
        Assert.Matches("^W/\"[0-9a-f]{16}\"$", response["ETag"]);
        Assert.Equal(
            """
            <html>
            <head><title>Index of /dist/odd/</title></head>
            <body>
            <h1>Index of /dist/odd/</h1><hr><pre><a href="../">../</a>
            <a href="sub%20dir%20%3C%26%3E/">sub dir &lt;&amp;&gt;/</a>                                       02-Jan-2020 03:04                   -
            <a href="a%20b.txt">a b.txt</a>                                            02-Jan-2020 03:04                   5
            <a href="a%2Bb.txt">a+b.txt</a>                                            02-Jan-2020 03:04                   4
            <a href="back%5Cslash.txt">back\slash.txt</a>                                     02-Jan-2020 03:04                   9
            <a href="noext">noext</a>                                              02-Jan-2020 03:04                  12
            <a href="percent%2541.txt">percent%41.txt</a>                                     02-Jan-2020 03:04                   7
            <a href="q%3Fx%3D1.txt">q?x=1.txt</a>                                          02-Jan-2020 03:04                  13
            <a href="%C3%BCn%C3%AF.txt">ünï.txt</a>                                          02-Jan-2020 03:04                   5
            </pre><hr></body>
            </html>

            """.ReplaceLineEndings("\r\n"),
            response.Text);
    }

    [Fact]
    public async Task Html_LinksAndDirectories_SortedAmongTheRest()
    {
        var text = (await server.GetAsync("/dist/")).Text;

        string[] names = ["empty/", "latest/", "odd/", "v1.0.0/", "v8.1.1/", "index.json", "node-latest.txt"];
        var places = names.Select(name => text.IndexOf($">{name}</a>", StringComparison.Ordinal)).ToList();
        Assert.DoesNotContain(-1, places);
        Assert.Equal(places.Order(), places);
    }

    [Fact]
    public async Task Html_DirectoryOfOnlyAMarker_ParentOnly()
    {
        var response = await server.GetAsync("/dist/empty/");

        Assert.Equal(200, response.Status);
        Assert.EndsWith("<a href=\"../\">../</a>\r\n</pre><hr></body>\r\n</html>\r\n", response.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Html_OfALinkedDirectory_TitleOfThePathAsked()
    {
        Assert.Contains("<title>Index of /dist/latest/</title>", (await server.GetAsync("/dist/latest/")).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/json", true)]
    [InlineData("application/*", true)]
    [InlineData("text/html;q=0.5, application/json", true)]
    [InlineData("text/html, application/json", false)]
    [InlineData("application/json;q=0", false)]
    [InlineData("*/*", false)]
    [InlineData("text/html,application/xhtml+xml,*/*;q=0.8", false)]
    public async Task Accept_Value_JsonWhereItIsPreferred(string accept, bool isJson)
    {
        var response = await server.GetAsync("/dist/odd/", "Accept: " + accept);

        Assert.Equal(isJson ? "application/json" : "text/html", response["Content-Type"]);
        Assert.Equal(isJson, response.Text.StartsWith('['));
        Assert.True(response.Has("Vary", "Accept-Encoding"));
        Assert.Equal(isJson, response.Has("Vary", "Accept"));
    }

    [Fact]
    public async Task Json_Directory_RowsOfTheHtml()
    {
        var response = await server.GetAsync("/dist/v8.1.1/", "Accept: application/json");

        Assert.Equal(
            "[\r\n{ \"name\":\"SHASUMS256.txt\", \"type\":\"file\", \"mtime\":\"Thu, 02 Jan 2020 03:04:05 GMT\", \"size\":8 }\r\n]",
            response.Text);
    }

    [Fact]
    public async Task Head_Listing_LengthOfTheBodyThatGetHas()
    {
        var head = await server.HeadAsync("/dist/odd/", "Accept: application/json");
        var get = await server.GetAsync("/dist/odd/", "Accept: application/json");

        Assert.Equal(get["Content-Length"], head["Content-Length"]);
    }

    [Fact]
    public async Task Query_Listing_ChangesNothing()
    {
        Assert.Equal((await server.GetAsync("/dist/odd/")).Text, (await server.GetAsync("/dist/odd/?C=M;O=D&index.json")).Text);
    }

    // RFC 9110 §8.8.1: the date shown is the newest, so it stays where an older entry goes.
    [Fact]
    public async Task Condition_OldEntryGone_TagTellsWhatTheDateDoesNot()
    {
        var bucket = new InMemoryBucket();
        bucket.Put("nodejs/release/old.txt", "x", DateTimeOffset.UnixEpoch.AddDays(1));
        bucket.Put("nodejs/release/new.txt", "x", DateTimeOffset.UnixEpoch.AddDays(2));
        await using var running = await RunningServer.StartAsync(bucket, TestContext.Current.CancellationToken);
        var before = await running.AskAsync("GET", "/dist/", TestContext.Current.CancellationToken);
        string[] conditions = [$"If-None-Match: {before["ETag"]}", $"If-Modified-Since: {before["Last-Modified"]}"];

        var same = await running.AskAsync("GET", "/dist/", TestContext.Current.CancellationToken, conditions);
        bucket.Remove("nodejs/release/old.txt");
        var gone = await running.AskAsync("GET", "/dist/", TestContext.Current.CancellationToken, conditions);

        Assert.Equal((304, before["ETag"]), (same.Status, same["ETag"]));
        Assert.Equal((200, before["Last-Modified"]), (gone.Status, gone["Last-Modified"]));
    }
}
