namespace ReleaseServer.Pipeline;

/// <summary>301, 302, 307 or 308, for requests without a query, which is part of the location.</summary>
/// <param name="knownAt">How many purges there were when it was known; null where purges do not touch it.</param>
internal sealed class ReadyRedirect(
    AssetRequest request, int status, string location, string cacheControl, SurrogateKeys surrogateKeys, int? knownAt, long until)
    : ReadyAnswer(request.Path, request.Site)
{
    private const int Overhead = 512;

    public override long Cost { get; } = Overhead + (2 * (request.Path.Length + location.Length + surrogateKeys.Length));

    public override bool IsOverAt(long now, int purges) => now >= until || (knownAt ?? purges) != purges;

    public override Task? TryAnswer(HttpContext context, long now) =>
        ReadyAnswers.HasQuery(context) ? null : Answers.RedirectAsync(context, status, location, cacheControl, surrogateKeys);
}
