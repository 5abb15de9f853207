using ReleaseServer.Testing.S3;

namespace ReleaseServer.EndToEnd.Releases;

/// <summary>What nodes ask of the bucket because something was published: counted at a store that knows them apart.</summary>
public sealed class FlipReadsTests : IAsyncLifetime
{
    private S3Stub? _store;
    private ReleaseLab? _lab;

    private ReleaseLab Lab => _lab!;

    private S3Stub Store => _store!;

    public async ValueTask InitializeAsync()
    {
        _store = await S3Stub.StartAsync();
        _lab = await ReleaseLab.StartAsync(_ => ValueTask.FromResult(_store.AddBucket("releases")), Region, "--Site:PollInterval=200ms");
    }

    public async ValueTask DisposeAsync()
    {
        await (_lab?.DisposeAsync() ?? default);
        await (_store?.DisposeAsync() ?? default);
    }

    [Fact]
    public async Task Promote_NodesHaveEverything_EachReadsAKeyThatChangedOnceAndNoOther()
    {
        await Lab.StageAsync("v26.8.0");
        await AskAsync("v26.7.0", ["/dist/index.json", "/dist/index.tab", "/dist/latest/SHASUMS256.txt"]);
        Store.ForgetCalls();

        (await Lab.RunAsync("promote", "v26.8.0")).Expect(0);
        await Task.WhenAll(Lab.Nodes.Select(node => Lab.AwaitNewestAsync(node, "v26.8.0")));
        await AskAsync("v26.8.0", ["/dist/index.json", "/dist/index.tab", "/dist/latest/SHASUMS256.txt", "/dist/", "/dist/v26.8.0/"]);
        await AskAsync("v26.7.0", []);

        var changed = Store.Calls.Where(static call => call.Method is "PUT" && !IsOfCommands(call.Key)).Select(static call => call.Key).ToHashSet(StringComparer.Ordinal);
        for (var node = 0; node < Lab.Nodes.Count; node++)
        {
            // The poll, which goes on whether something was published or not, asks for this one.
            var reads = Store.Calls.Where(call => IsOf(call, node) && call.Key != ".release-server/generation.json").ToList();
            // Whether a directory that is listed anew has a page of its own is not in the catalog.
            var needless = reads.Where(call => !changed.Contains(call.Key) && !call.Key.EndsWith("/index.html", StringComparison.Ordinal)).Select(static call => $"{call.Method} {call.Key}").ToList();
            var repeated = reads.CountBy(static call => call.Key).Where(static count => count.Value > 1).ToList();

            Assert.Empty(needless);
            Assert.Empty(repeated);
            Assert.True(reads.Count <= changed.Count, $"{reads.Count} reads, and {changed.Count} keys changed");
            Assert.Contains(reads, static call => call.Key == "nodejs/release/v26.8.0/SHASUMS256.txt");
        }
    }

    private async Task AskAsync(string version, IReadOnlyList<string> more)
    {
        foreach (var node in Lab.Nodes)
        {
            var names = (await Lab.ReadSumsAsync(node, $"/dist/{version}/SHASUMS256.txt")).Select(static line => line.Name);
            foreach (var path in names.Select(name => $"/dist/{version}/{name}").Concat(more))
            {
                await Lab.ReadAsync(node, path);
            }
        }
    }

    private static bool IsOfCommands(string key) => key is ".release-server/lease.json"
        || key.StartsWith(".release-server/promotions/", StringComparison.Ordinal)
        || key.StartsWith(".release-server/audit/", StringComparison.Ordinal);

    private static string Region(int node) => $"node-{node}";

    private static bool IsOf(StubCall call, int node) =>
        call.Fields.TryGetValue("Authorization", out var authorization) && authorization.Contains($"/{Region(node)}/s3/", StringComparison.Ordinal);
}
