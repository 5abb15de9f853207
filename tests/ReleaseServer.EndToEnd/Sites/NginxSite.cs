using ReleaseServer.EndToEnd.Processes;

namespace ReleaseServer.EndToEnd.Sites;

/// <summary>nginx over the release tree with symbolic links. A client's test that fails here is a faulty test.</summary>
public sealed class NginxSite : ReleaseSite
{
    private NginxProcess? _nginx;

    protected override async Task<Uri> StartAsync()
    {
        var tree = Path.Combine(Home, "tree");
        SymlinkedTree.Create(await ReleaseTree.GetAsync(), tree);
        var state = Directory.CreateDirectory(Path.Combine(Home, "nginx"));
        _nginx = await NginxProcess.StartAsync(state.FullName, tree);
        return _nginx.BaseAddress;
    }

    protected override ValueTask StopAsync() => _nginx?.DisposeAsync() ?? default;
}

[CollectionDefinition(nameof(NginxSite))]
public sealed class NginxSiteTests : ICollectionFixture<NginxSite>;
