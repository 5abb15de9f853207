namespace ReleaseServer.EndToEnd.Processes;

/// <summary>The first minute: the server started in an empty directory, with no setting but its addresses.</summary>
public sealed class FirstRunTests : IDisposable
{
    private readonly TemporaryDirectory _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData("/dist/index.json")]
    [InlineData("/dist/")]
    [InlineData("/dist/latest/SHASUMS256.txt")]
    [InlineData("/api/")]
    public async Task Serve_EmptyDirectory_SampleIsThere(string path)
    {
        await using var server = await ServerProcess.StartAsync(_home.Path);
        using var client = new HttpClient { BaseAddress = server.BaseAddress };

        using var response = await client.GetAsync(path, TestContext.Current.CancellationToken);

        Assert.Equal(System.Net.HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Serve_SecondStart_KeepsWhatWasThere()
    {
        await using (await ServerProcess.StartAsync(_home.Path))
        {
            // The first start makes the sample.
        }

        var index = _home[Path.Combine("data", "bucket", "nodejs", "release", "index.tab")];
        await File.WriteAllTextAsync(index, "changed\n", TestContext.Current.CancellationToken);
        await using var server = await ServerProcess.StartAsync(_home.Path);
        using var client = new HttpClient { BaseAddress = server.BaseAddress };

        Assert.Equal("changed\n", await client.GetStringAsync("/dist/index.tab", TestContext.Current.CancellationToken));
    }
}
