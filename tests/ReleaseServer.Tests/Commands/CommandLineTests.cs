namespace ReleaseServer.Tests.Commands;

public sealed class CommandLineTests : IDisposable
{
    private readonly CommandRunner _runner = new();

    public void Dispose() => _runner.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("serve")]
    [InlineData("promote")]
    [InlineData("rollback")]
    [InlineData("withdraw")]
    [InlineData("audit")]
    [InlineData("links")]
    [InlineData("catalog")]
    [InlineData("index")]
    [InlineData("verify")]
    [InlineData("replicate")]
    [InlineData("purge")]
    [InlineData("statistics")]
    [InlineData("status")]
    [InlineData("test-alert")]
    [InlineData("check")]
    public async Task Help_Verb_AsInTheGoldenFile(string verb)
    {
        var result = await _runner.RunAsync([.. verb.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);

        Golden.Equal($"help{(verb.Length == 0 ? "" : "-")}{verb}.txt", result.Output);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
    }

    [Theory]
    [InlineData("lnks", "Unrecognized command or argument 'lnks'.")]
    [InlineData("links --dri", "Unrecognized command or argument '--dri'.")]
    [InlineData("serve now", "Unrecognized command or argument 'now'.")]
    [InlineData("--verbose", "Unrecognized command or argument '--verbose'.")]
    [InlineData("catalog --check=perhaps", "Unrecognized command or argument 'perhaps'.")]
    public async Task Run_UnknownVerbOrOption_WrongUsageWithAHint(string line, string expected)
    {
        var result = await _runner.RunAsync(line.Split(' '));

        Assert.Equal(2, result.ExitCode);
        Assert.Equal([expected, "Run with --help to see what there is."], result.ErrorLines);
        Assert.Empty(result.Output);
    }

    [Theory]
    [InlineData("--Bucket.Path=x")]
    [InlineData("--Bucket__Path=x")]
    [InlineData("-Bucket:Path=x")]
    [InlineData("check --bucket.path=x --offline")]
    public async Task Run_MiswrittenSetting_WrongUsageThatSaysHow(string line)
    {
        var result = await _runner.RunAsync(line.Split(' '));

        Assert.Equal(2, result.ExitCode);
        Assert.Equal(["Settings are written --Bucket:Path=value.", "Run with --help to see what there is."], result.ErrorLines.Skip(1));
    }

    [Theory]
    [InlineData("serve")]
    [InlineData("links")]
    [InlineData("catalog")]
    [InlineData("index")]
    [InlineData("verify")]
    [InlineData("replicate")]
    [InlineData("purge")]
    [InlineData("check")]
    public async Task Run_BrokenSettings_EveryFaultAndNothingDone(string verb)
    {
        _runner.Environment["Log__Level"] = "loud";
        _runner.Folder.Write("appsettings.json", """{ "Site": { "PollIntervall": "2s" } }""");

        var result = await _runner.RunAsync(verb, "--Bucket:Kind=s4");

        Assert.Equal(78, result.ExitCode);
        Assert.Equal(["Bucket:Kind", "Log:Level", "Site:PollIntervall"], result.ErrorLines.Select(line => line.Split(' ')[0]));
        Assert.Empty(result.Output);
        Assert.Equal(["appsettings.json"], Directory.GetFileSystemEntries(_runner.Folder.Path).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("serve")]
    [InlineData("links")]
    [InlineData("check")]
    public async Task Run_BadSiteData_EveryFaultByFileAndRow(string verb)
    {
        _runner.Folder.Write("site/routes.json", """{ "format": 1, "routes": [ { "path": "x", "key": "" }, { "path": "/", "kye": "" } ] }""");
        _runner.Folder.Write("site/redirects.json", "{ }");

        var result = await _runner.RunAsync(verb, "--Site:Path=site");

        Assert.Equal(78, result.ExitCode);
        Assert.Equal(
            [
                "routes.json: routes[0]: path must begin with one slash, is 'x'",
                "routes.json: routes[0]: key must name one object, as path names one file; is ''",
                "routes.json: routes[1]: kye is not known here",
                "routes.json: routes[1]: must have either a key or a status",
                "redirects.json: format must be 1, is absent",
            ],
            result.ErrorLines);
    }

    [Theory]
    [InlineData("links")]
    [InlineData("catalog")]
    [InlineData("check")]
    public async Task Run_FolderNotThere_OneLine(string verb)
    {
        var result = await _runner.RunAsync(verb);

        Assert.Equal(1, result.ExitCode);
        Assert.Equal(["The bucket's directory {directory}/data/bucket is not there"], result.ErrorLines);
    }

    [Fact]
    public async Task Serve_NoPlaceForTheSample_OneLineThatSaysWhatToDo()
    {
        _runner.Folder.Write("data", "a file where the directory would be");

        var result = await _runner.RunAsync("serve");

        Assert.Equal(1, result.ExitCode);
        Assert.EndsWith(
            " The sample needs a place: run in a directory you may write to, or give --Bucket:Path.",
            Assert.Single(result.ErrorLines),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("links", "generation.json")]
    [InlineData("catalog", "lease.json")]
    [InlineData("check", "generation.json")]
    public async Task Run_StoreUnreachable_OneLineWithoutSecrets(string verb, string first)
    {
        var result = await _runner.RunAsync(
            verb,
            "--Bucket:Kind=s3",
            "--Bucket:Endpoint=http://127.0.0.1:1",
            "--Bucket:Name=releases",
            "--Bucket:AccessKey=hunter1",
            "--Bucket:SecretKey=hunter2");

        Assert.Equal(1, result.ExitCode);
        Assert.Equal(
            $"s3 releases at http://127.0.0.1:1 failed: Connection refused (127.0.0.1:1) (for .release-server/{first})",
            Assert.Single(result.ErrorLines));
        Assert.DoesNotContain("hunter", result.Output, StringComparison.Ordinal);
    }
}
