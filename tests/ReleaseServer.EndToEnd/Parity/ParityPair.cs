using ReleaseServer.EndToEnd.Sites;

namespace ReleaseServer.EndToEnd.Parity;

/// <summary>nginx and the server over the same tree, side by side.</summary>
public sealed class ParityPair : IAsyncLifetime
{
    private readonly NginxSite _nginx = new();
    private readonly FolderSite _server = new();

    public Uri Nginx => new(_nginx.Address);

    public Uri Server => new(_server.Address);

    public async ValueTask InitializeAsync()
    {
        await _nginx.InitializeAsync();
        await _server.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _nginx.DisposeAsync();
    }

    public void Require()
    {
        _nginx.Require();
        _server.Require();
    }
}
