namespace ReleaseServer.Pipeline;

/// <summary>404: the bucket has nothing of this name, as far as is known.</summary>
internal sealed class ReadyAbsence(AssetRequest request, SurrogateKeys surrogateKeys, long until) : ReadyAnswer(request.Path, request.Site)
{
    private const int Overhead = 512;

    private readonly int _purges = request.Purges;
    private readonly bool _isDirectory = request.IsDirectory;

    public override long Cost { get; } = Overhead + (2 * (request.Path.Length + surrogateKeys.Length));

    public override bool IsOverAt(long now, int purges) => now >= until || purges != _purges;

    public override Task? TryAnswer(HttpContext context, long now) => Answers.NotFoundAsync(context, _isDirectory, surrogateKeys);
}
