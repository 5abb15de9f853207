using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using ReleaseServer.Shadow;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Shadow;

/// <summary>Differences are kept and told within bounds.</summary>
public sealed class ShadowFindingsTests
{
    private static readonly ShadowAnswer Ours = new(200, 5, null, "\"a\"", null, "aa");
    private static readonly ShadowAnswer Theirs = Ours with { Digest = "bb" };

    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 8, 5, 14, 3, 0, TimeSpan.Zero));

    [Fact]
    public void Add_TheSameAgain_OneFindingSeenTwiceAndToldOnce()
    {
        var findings = new ShadowFindings(_clock);

        var told = findings.Add(RequestFor("/x"), ShadowDifference.Body, Ours, Theirs);
        _clock.Advance(TimeSpan.FromSeconds(7));
        var toldAgain = findings.Add(RequestFor("/x"), ShadowDifference.Body, Ours, Theirs);

        Assert.Equal((true, false), (told, toldAgain));
        var finding = Assert.Single(findings.Last);
        Assert.Equal((2, TimeSpan.FromSeconds(7)), (finding.Times, finding.Last - finding.First));
    }

    [Fact]
    public void Add_MoreThanAreKept_TheOldestAreForgottenAndTenAMinuteTold()
    {
        var findings = new ShadowFindings(_clock);

        var told = 0;
        for (var i = 0; i < ShadowFindings.Kept + 20; i++)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(1));
            told += findings.Add(RequestFor($"/{i}"), ShadowDifference.Body | ShadowDifference.EntityTag, Ours, Theirs) ? 1 : 0;
        }

        _clock.Advance(TimeSpan.FromMinutes(1));
        var toldLater = findings.Add(RequestFor("/later"), ShadowDifference.Body, Ours, Theirs);

        Assert.Equal((10, true), (told, toldLater));
        Assert.Equal(ShadowFindings.Kept, findings.Last.Count);
        Assert.Equal("/later", findings.Last[0].Target);
        Assert.DoesNotContain(findings.Last, static finding => finding.Target == "/0");
        Assert.Equal((121, 121, 120), (findings.Different, findings.Count(ShadowDifference.Body), findings.Count(ShadowDifference.EntityTag)));
    }

    private static ShadowRequest RequestFor(string target)
    {
        var context = new DefaultHttpContext { Request = { Method = "GET" } };
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = target;
        return ShadowRequest.Of(context, maxBody: 100)!;
    }
}
