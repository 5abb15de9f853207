using System.Diagnostics;
using System.Text.Json;
using ReleaseServer.Buckets;
using ReleaseServer.EndToEnd.Processes;
using ReleaseServer.Sample;

namespace ReleaseServer.EndToEnd.Releases;

/// <summary>Two nodes of the built program over one bucket with the sample releases, a staging folder, and the commands that publish.</summary>
internal sealed class ReleaseLab : IAsyncDisposable
{
    /// <summary>What is promised of a node that nobody told: it shows what was published so long after the command has returned.</summary>
    private static readonly TimeSpan Visible = TimeSpan.FromSeconds(5);

    private readonly TemporaryDirectory _home;
    private readonly BucketOptions _options;
    private readonly string[] _more;

    private ReleaseLab(TemporaryDirectory home, BucketOptions options, string[] more) => (_home, _options, _more) = (home, options, more);

    public List<ServerProcess> Nodes { get; } = [];

    public HttpClient Http { get; } = new();

    /// <summary>The bucket that is served.</summary>
    public required IWritableBucket Bucket { get; init; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <param name="make">Makes the bucket, empty, and gives the options to reach it.</param>
    /// <param name="nodeRegion">Region that a node signs its requests for, by its number, to tell them apart; null for that of the options.</param>
    /// <param name="settings">For nodes and commands alike.</param>
    public static async Task<ReleaseLab> StartAsync(Func<string, ValueTask<BucketOptions>> make, Func<int, string>? nodeRegion, params string[] settings)
    {
        var home = new TemporaryDirectory();
        foreach (var name in new[] { "staging", "node-0", "node-1" })
        {
            Directory.CreateDirectory(home[name]);
        }

        var options = await make(home.Path);
        var lab = new ReleaseLab(home, options, [$"--Staging:Path={home["staging"]}", .. settings]) { Bucket = BucketFactory.CreateForCommand(options, TimeProvider.System) };
        await SampleTree.WriteAsync(lab.Bucket, Token);
        (await lab.RunAsync("links")).Expect(0);
        (await lab.RunAsync("catalog")).Expect(0);
        for (var i = 0; i < 2; i++)
        {
            lab.Nodes.Add(await ServerProcess.StartAsync(home[$"node-{i}"], lab.SettingsFor(nodeRegion?.Invoke(i))));
        }

        return lab;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes)
        {
            await node.DisposeAsync();
        }

        (Bucket as IDisposable)?.Dispose();
        Http.Dispose();
        _home.Dispose();
    }

    /// <summary>Puts a version with all of its files into staging.</summary>
    public async Task StageAsync(string name)
    {
        var (_, _, npm, v8, uv, zlib, openSsl, modules, lts, security, platforms, _) = SampleVersions.All[0];
        var version = new SampleVersion(name, "2026-08-20", npm, v8, uv, zlib, openSsl, modules, lts, security, platforms);
        var assets = SampleAssets.Of(version).ToList();
        using var staging = new FolderBucket(_home["staging"]);
        foreach (var file in assets.Concat(SampleDocs.Of(version)).Append(SampleAssets.ChecksumsOf(assets)))
        {
            Assert.True(AssetKey.TryCreate($"{version.Directory}/{file.Name}", out var key));
            await staging.WriteAsync(key, file.Content, new ObjectAttributes(Modified: version.Released), WriteCondition.None, Token);
        }
    }

    public Task<CommandRun> RunAsync(params string[] arguments) => CommandRun.StartAsync(
        Requirement.Program("dotnet"), _home.Path, [Repository.ServerAssembly, .. arguments, .. SettingsFor(region: null)]);

    /// <summary>Begins a command and kills it.</summary>
    public async Task KillAsync(TimeSpan after, params string[] arguments)
    {
        using var process = new Process
        {
            StartInfo = CommandRun.Describe(
                Requirement.Program("dotnet"), _home.Path, [Repository.ServerAssembly, .. arguments, .. SettingsFor(region: null)], environment: null),
        };
        process.Start();
        await Task.Delay(after, TimeProvider.System, Token);
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync(Token);
    }

    /// <summary>Visible on a node within seconds after the command has returned.</summary>
    public async Task AwaitNewestAsync(ServerProcess node, string name)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (await NewestAsync(node) is var newest && newest != name)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(since) < Visible, $"{node.BaseAddress} still shows {newest}, not {name}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Token);
        }
    }

    /// <summary>As above, of the listing, which may be a moment behind the index, while its document is read.</summary>
    public async Task AwaitListedAsync(ServerProcess node, string name)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (!(await Http.GetStringAsync(new Uri(node.BaseAddress, "/dist/"), Token)).Contains($"{name}/", StringComparison.Ordinal))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(since) < Visible, $"{node.BaseAddress} does not list {name}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Token);
        }
    }

    /// <summary>An answer's body; anything but a success fails the test.</summary>
    public async Task<byte[]> ReadAsync(ServerProcess node, string path)
    {
        using var response = await Http.GetAsync(new Uri(node.BaseAddress, path), Token);
        Assert.True(response.IsSuccessStatusCode, $"{path} of {node.BaseAddress}: {(int)response.StatusCode}");
        return await response.Content.ReadAsByteArrayAsync(Token);
    }

    /// <summary>Sums and names of a list of checksums.</summary>
    public async Task<IReadOnlyList<(string Sha256, string Name)>> ReadSumsAsync(ServerProcess node, string path) =>
        [.. System.Text.Encoding.UTF8.GetString(await ReadAsync(node, path)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => (line[..64], line[66..]))];

    private async Task<string?> NewestAsync(ServerProcess node)
    {
        using var index = JsonDocument.Parse(await Http.GetStringAsync(new Uri(node.BaseAddress, "/dist/index.json"), Token));
        return index.RootElement[0].GetProperty("version").GetString();
    }

    private IReadOnlyList<string> SettingsFor(string? region) => [.. EmptyBucket.SettingsOf(_options, "Bucket", region), .. _more];
}
