using ReleaseServer.EndToEnd.Sites;

namespace ReleaseServer.EndToEnd.Parity;

/// <summary>nginx and the server over the same tree, side by side.</summary>
public abstract class ParityPair(ReleaseSite server) : IAsyncLifetime
{
    private readonly NginxSite _nginx = new();

    public Uri Nginx => new(_nginx.Address);

    public Uri Server => new(server.Address);

    public async ValueTask InitializeAsync()
    {
        await _nginx.InitializeAsync();
        await server.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        await _nginx.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    public void Require()
    {
        _nginx.Require();
        server.Require();
    }
}

public sealed class FolderParityPair() : ParityPair(new FolderSite());

public sealed class S3ParityPair() : ParityPair(new S3Site());
