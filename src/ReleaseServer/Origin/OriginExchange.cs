namespace ReleaseServer.Origin;

/// <summary>A request to one origin whose answer has begun. Disposing it gives back its room, and its connection where that can be used again.</summary>
internal sealed class OriginExchange(OriginServer server, HttpResponseMessage response) : IDisposable
{
    private bool _isOver;

    public OriginServer Server => server;

    public HttpResponseMessage Response => response;

    public void Dispose()
    {
        if (!_isOver)
        {
            _isOver = true;
            response.Dispose();
            server.Room.Release();
        }
    }
}
