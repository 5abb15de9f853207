using ReleaseServer.Alerting;

namespace ReleaseServer.Tests.Alerting;

/// <summary>Trouble that one process has told of and another one sees, as by <see cref="AlertMark"/>.</summary>
public sealed class AlertsAcrossProcessesTests
{
    private const string Subject = "this node";

    // The clock of the tests begins at 03:04:05.
    private static readonly DateTimeOffset Since = new(2026, 1, 2, 1, 0, 0, TimeSpan.Zero);

    private readonly AlertOfTest _test = new();

    private DateTimeOffset Now => _test.Clock.GetUtcNow();

    [Fact]
    public async Task Raise_ToldNotLongAgo_CountedAndNotTold()
    {
        Raise(new AlertMark(Since, Now.AddMinutes(-59), Count: 7, Untold: 2));

        Assert.Equal(new AlertMark(Since, Now.AddMinutes(-59), Count: 8, Untold: 3), _test.Board.MarkOf(AlertKind.StartFailed, Subject));
        Assert.Empty(await _test.ToldAsync());
    }

    [Fact]
    public async Task Raise_ToldLongAgo_ToldThatItGoesOn()
    {
        Raise(new AlertMark(Since, Now.AddHours(-1), Count: 7, Untold: 2));

        Assert.Equal(new AlertMark(Since, Now, Count: 8, Untold: 0), _test.Board.MarkOf(AlertKind.StartFailed, Subject));
        var told = Assert.Single(await _test.ToldAsync());
        Assert.Equal((AlertPhase.Ongoing, Since, 8, 2), (told.Phase, told.Since, told.Count, told.Suppressed));
        Assert.Equal("It does not start.", told.Message);
    }

    [Fact]
    public async Task Raise_ToldInTheFuture_AsIfToldNow()
    {
        Raise(new AlertMark(Since, Now.AddYears(9), Count: 7, Untold: 2));

        Assert.Equal(Now, _test.Board.MarkOf(AlertKind.StartFailed, Subject)!.Told);
        Assert.Empty(await _test.ToldAsync());
    }

    [Fact]
    public void MarkOf_FirstTime_ToldNowAndNothingWhenItIsOver()
    {
        Assert.Null(_test.Board.MarkOf(AlertKind.StartFailed, Subject));
        Raise(left: null);

        Assert.Equal(new AlertMark(Now, Now, Count: 1, Untold: 0), _test.Board.MarkOf(AlertKind.StartFailed, Subject));
        _test.Board.Resolve(AlertKind.StartFailed, Subject, "It has started.");
        Assert.Null(_test.Board.MarkOf(AlertKind.StartFailed, Subject));
    }

    [Fact]
    public async Task Resolve_LeftByAnother_ToldWithItsCountAndTimes()
    {
        _test.Board.Resolve(AlertKind.StartFailed, Subject, "It has started.", new AlertMark(Since, Now.AddMinutes(-2), Count: 7, Untold: 6));

        var told = Assert.Single(await _test.ToldAsync());
        Assert.Equal((AlertPhase.Resolved, 7, 6, "It has started."), (told.Phase, told.Count, told.Suppressed, told.Message));
        Assert.Equal("seen 7 times, from 2026-01-02 01:00:00 UTC to 2026-01-02 03:04:05 UTC", told.Extent());
        Assert.Equal(0, _test.Board.CountOpen());
    }

    private void Raise(AlertMark? left) => _test.Board.Raise(new Alert(AlertKind.StartFailed, Subject, "It does not start."), left);
}
