using ReleaseServer.Shadow;

namespace ReleaseServer.Admin;

/// <summary>What <c>GET /shadow</c> tells: counts since the start, and the last differences, the newest first.</summary>
internal sealed record ShadowDescription(
    string Candidate, double Share, long Same, long Different, long Failed, long Dropped, int Waiting, IReadOnlyList<ShadowFindingDescription> Differences);

/// <summary>One difference.</summary>
/// <param name="Kinds">As the label <c>kind</c> of the metric.</param>
internal sealed record ShadowFindingDescription(
    string Method, string Target, IReadOnlyList<string> Kinds, long Times, DateTimeOffset First, DateTimeOffset Last, ShadowAnswer Ours, ShadowAnswer Theirs);

/// <summary>Answers <c>GET /shadow</c>.</summary>
internal sealed class ShadowEndpoint(ShadowMirror mirror, ShadowOptions options)
{
    public IResult Describe() => mirror.IsOn
        ? Results.Json(
            new ShadowDescription(
                options.Url!.GetLeftPart(UriPartial.Authority),
                options.Share,
                mirror.Findings.Same,
                mirror.Findings.Different,
                mirror.Findings.Failed,
                mirror.Dropped,
                mirror.Waiting,
                [.. mirror.Findings.Last.Select(Describe)]),
            AdminJson.Readable.ShadowDescription)
        : Results.Text("Nothing is mirrored: the setting Shadow:Url is empty, or Shadow:Share is 0\n", statusCode: StatusCodes.Status404NotFound);

    private static ShadowFindingDescription Describe(ShadowFinding finding) => new(
        finding.Method,
        finding.Target,
        [.. ShadowDifferences.NamesOf(finding.Kinds)],
        finding.Times,
        finding.First,
        finding.Last,
        finding.Ours,
        finding.Theirs);
}
