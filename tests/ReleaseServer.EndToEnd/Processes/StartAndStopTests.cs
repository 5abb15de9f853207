namespace ReleaseServer.EndToEnd.Processes;

/// <summary>What an operator sees of a start and a stop.</summary>
public sealed class StartAndStopTests : IDisposable
{
    private readonly TemporaryDirectory _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Serve_FirstRunThenTerminated_SaysWhereItListensInvitesAndEndsWell()
    {
        var server = await ServerProcess.StartAsync(_home.Path);

        await server.DisposeAsync(); // sends SIGTERM and asserts exit code 0

        var address = server.BaseAddress.OriginalString;
        Assert.Contains(" INF ReleaseServer ", server.Log.Split('\n')[0], StringComparison.Ordinal);
        Assert.Contains("Lending on, inline completions on, server garbage collector", server.Log, StringComparison.Ordinal);
        Assert.Contains("Site generation 2: 46 links, directories listed from the catalog", server.Log, StringComparison.Ordinal);
        Assert.Contains($"Public: listening on {address}", server.Log, StringComparison.Ordinal);
        Assert.Contains("Admin: listening on http://127.0.0.1:", server.Log, StringComparison.Ordinal);
        Assert.Contains($"curl -LO {address}/dist/latest/SHASUMS256.txt", server.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", server.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_SendingSwitchedOff_SaysSoAndServes()
    {
        await using var server = await ServerProcess.StartAsync(_home.Path, "--Server:Lending=false", "--Server:InlineCompletions=false");
        using var client = new HttpClient { BaseAddress = server.BaseAddress };

        using var response = await client.GetAsync("/dist/", TestContext.Current.CancellationToken);

        Assert.True(response.IsSuccessStatusCode);
        Assert.Contains("Lending off, inline completions off, server garbage collector", server.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_BucketAwayFromTheStart_UpAndSaysWhy()
    {
        await using var server = await ServerProcess.StartAsync(_home.Path, "--Bucket:Path=nowhere");
        using var client = new HttpClient { BaseAddress = server.BaseAddress };

        using var response = await client.GetAsync("/dist/", TestContext.Current.CancellationToken);

        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains($"The bucket's directory {_home["nowhere"]} is not there", server.Log, StringComparison.Ordinal);
    }
}
