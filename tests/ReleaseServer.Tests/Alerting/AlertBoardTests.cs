using Microsoft.Extensions.Logging;
using ReleaseServer.Alerting;

namespace ReleaseServer.Tests.Alerting;

public sealed class AlertBoardTests
{
    private const string Beginning = "Alert bucket-down: s3 releases: It does not answer. Runbook: https://wiki.example.org/sops/bucket-down.md";

    private readonly AlertOfTest _test = new();

    [Fact]
    public async Task Raise_StormOfTenThousand_ToldOnceAndCountedAtTheEnd()
    {
        Parallel.For(0, 10_000, _ => _test.Raise());
        _test.Clock.Advance(TimeSpan.FromMinutes(2));
        _test.Board.Resolve(AlertKind.BucketDown, "s3 releases", "It answers again.");

        var told = await _test.ToldAsync();
        Assert.Equal([AlertPhase.Raised, AlertPhase.Resolved], told.Select(note => note.Phase));
        Assert.Equal((1, 0), (told[0].Count, told[0].Suppressed));
        Assert.Equal((10_000, 9_999), (told[1].Count, told[1].Suppressed));
        Assert.Equal("seen 10000 times, from 2026-01-02 03:04:05 UTC to 2026-01-02 03:06:05 UTC", told[1].Extent());
        Assert.Equal(new AlertCounts(10_000, 2, 9_999), _test.Board.Counts);
    }

    [Fact]
    public void Raise_Storm_OneLineOfTheLogWhenItBeginsAndOneWhenItIsOver()
    {
        for (var i = 0; i < 1_000; i++)
        {
            _test.Raise();
        }

        _test.Board.Resolve(AlertKind.BucketDown, "s3 releases", "It answers again.");

        Assert.Equal([Beginning], _test.Log.Of(LogLevel.Error));
        Assert.Equal(
            ["Alert bucket-down is over: s3 releases, seen 1000 times, from 2026-01-02 03:04:05 UTC to 2026-01-02 03:04:05 UTC. It answers again."],
            _test.Log.Of(LogLevel.Information));
    }

    [Fact]
    public async Task Raise_LastsForHours_ToldAgainEachHourUntilItIsResolved()
    {
        _test.Raise();
        _test.Pass(TimeSpan.FromMinutes(150));
        _test.Board.Resolve(AlertKind.BucketDown, "s3 releases", "It answers again.");
        _test.Pass(TimeSpan.FromHours(5));

        var told = await _test.ToldAsync();
        Assert.Equal([AlertPhase.Raised, AlertPhase.Ongoing, AlertPhase.Ongoing, AlertPhase.Resolved], told.Select(note => note.Phase));
        Assert.Equal("seen once since 2026-01-02 03:04:05 UTC", told[1].Extent());
    }

    [Fact]
    public async Task Raise_KindThatNobodyResolves_OverWhenItHasBeenQuiet()
    {
        for (var i = 0; i < 20; i++)
        {
            _test.Raise(kind: AlertKind.Unanswered);
            _test.Pass(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(1, _test.Board.CountOpen());
        _test.Pass(TimeSpan.FromMinutes(5));

        var told = await _test.ToldAsync();
        Assert.Equal([AlertPhase.Raised, AlertPhase.Resolved], told.Select(note => note.Phase));
        Assert.Equal((20, 19), (told[1].Count, told[1].Suppressed));
        Assert.Equal(0, _test.Board.CountOpen());
    }

    [Fact]
    public async Task Raise_ComesAndGoesAllDay_ToldAFewTimesAndThenOnceInAnHour()
    {
        for (var minute = 0; minute < 24 * 60; minute += 2)
        {
            _test.Raise();
            _test.Pass(TimeSpan.FromMinutes(1));
            _test.Board.Resolve(AlertKind.BucketDown, "s3 releases", "It answers again.");
            _test.Pass(TimeSpan.FromMinutes(1));
        }

        var told = await _test.ToldAsync();
        var begun = told.Where(note => note.Phase == AlertPhase.Raised).ToList();
        Assert.InRange(begun.Count, 24, 27);
        Assert.InRange(begun.Count + told.Sum(note => note.Suppressed), 690, 720);
        Assert.Equal(begun.Count, told.Count(note => note.Phase == AlertPhase.Resolved));
    }

    [Fact]
    public async Task Resolve_NeverRaised_NoNews()
    {
        _test.Board.Resolve(AlertKind.BucketDown, "s3 releases", "It answers again.");

        Assert.Empty(await _test.ToldAsync());
        Assert.Empty(_test.Log.Lines);
    }

    [Fact]
    public async Task Raise_MoreSubjectsThanAreKept_OneStandsForTheRest()
    {
        for (var i = 0; i < AlertBoard.MaxIncidents + 500; i++)
        {
            _test.Raise(subject: $"bucket {i}");
        }

        var told = await _test.ToldAsync();
        Assert.Equal(AlertBoard.MaxIncidents + 1, told.Count);
        Assert.Equal("many others", told[^1].Subject);
    }

    [Fact]
    public void Sweep_OverForLong_Forgotten()
    {
        _test.Raise(kind: AlertKind.Unanswered);
        _test.Pass(TimeSpan.FromHours(2));

        _test.Raise(kind: AlertKind.Unanswered);

        Assert.Equal(2, _test.Log.Of(LogLevel.Error).Count);
        Assert.Equal(1, _test.Board.CountOpen());
    }

    [Fact]
    public async Task Raise_SecretsAndLineBreaksInTheMessage_GoneBeforeAnybodySeesThem()
    {
        _test.Raise("https://user:passw0rd@host refused very-secret-key\nX-Amz-Signature=abcdef");

        var note = Assert.Single(await _test.ToldAsync());
        Assert.Equal("https://***@host refused ***\\u000aX-Amz-Signature=***", note.Message);
        Assert.DoesNotContain(_test.Log.Lines, line => line.Contains("secret-key", StringComparison.Ordinal) || line.Contains('\n', StringComparison.Ordinal));
    }

    [Fact]
    public async Task Raise_WithinAScope_ItsBreadcrumbsAreTold()
    {
        await RaiseInScopeAsync();
        _test.Raise(subject: "another");

        var told = await _test.ToldAsync();
        Assert.Contains(told[0].Breadcrumbs, crumb => crumb is { Category: "retry", Message: "second try of this test", Level: BreadcrumbLevel.Warning });
        Assert.DoesNotContain(told[1].Breadcrumbs, crumb => crumb.Message == "second try of this test");

        async Task RaiseInScopeAsync()
        {
            Breadcrumbs.Begin();
            await Task.Yield();
            Breadcrumbs.Add(BreadcrumbLevel.Warning, "retry", "second try of this test", ("attempt", "2"));
            _test.Raise();
        }
    }

    [Fact]
    public void Trail_MoreThanItKeeps_TheNewestStay()
    {
        var trail = new BreadcrumbTrail(3);
        for (var i = 0; i < 10; i++)
        {
            trail.Add(new Breadcrumb(DateTimeOffset.UnixEpoch, BreadcrumbLevel.Info, "bucket", $"{i}", []));
        }

        Assert.Equal(["7", "8", "9"], trail.ToArray().Select(crumb => crumb.Message));
    }
}
