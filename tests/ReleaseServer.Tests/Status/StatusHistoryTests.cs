using System.Text;
using ReleaseServer.Status;

namespace ReleaseServer.Tests.Status;

public sealed class StatusHistoryTests
{
    private static readonly DateTimeOffset Start = new(2026, 8, 5, 12, 0, 0, TimeSpan.Zero);

    private readonly StatusHistory _history = new(new StatusDocument { Title = "Downloads of <Quill>" });

    [Fact]
    public void Record_TimeBetweenLooks_CountsForTheStateThatWasFound()
    {
        Look(0, ComponentState.Operational);
        Look(10, ComponentState.Down);
        Look(25, ComponentState.Degraded);
        Look(45, ComponentState.Operational);

        var day = Assert.Single(Bucket.Days);
        Assert.Equal((45, 20, 15), (day.Observed, day.Degraded, day.Down));
        Assert.Equal(Start.AddSeconds(45), Bucket.Since);
    }

    [Fact]
    public void Record_AfterAGap_NobodyKnowsHowItWas()
    {
        Look(0, ComponentState.Down);
        Look(3600, ComponentState.Down);

        Assert.Empty(Bucket.Days);
        Assert.Equal(Start, Bucket.Since);
    }

    [Fact]
    public void Record_ComesAndGoes_OneIncidentWithTheWorstOfIt()
    {
        Look(0, ComponentState.Operational);
        Look(10, ComponentState.Degraded);
        Look(20, ComponentState.Down, "It is gone.");
        Look(30, ComponentState.Operational);
        Look(100, ComponentState.Degraded);
        Look(110, ComponentState.Operational);

        var incident = Assert.Single(_history.Document.Incidents);
        Assert.Equal((Start.AddSeconds(10), Start.AddSeconds(110)), (incident.Began, incident.Ended));
        Assert.Equal((ComponentState.Down, "It is gone."), (incident.Worst, incident.Detail));
    }

    [Fact]
    public void Record_MuchLater_IsAnotherIncidentBeforeTheFirst()
    {
        Look(0, ComponentState.Down);
        Look(10, ComponentState.Operational);
        Look(1000, ComponentState.Down);

        Assert.Equal([Start.AddSeconds(1000), Start], _history.Document.Incidents.Select(static incident => incident.Began));
        Assert.Null(_history.Document.Incidents[0].Ended);
    }

    [Fact]
    public void Record_For100Days_Keeps90()
    {
        for (var day = 0; day < 100; day++)
        {
            Look(day * 86_400, ComponentState.Operational);
            Look((day * 86_400) + 60, ComponentState.Down);
            Look((day * 86_400) + 120, ComponentState.Operational);
        }

        Assert.Equal(90, Bucket.Days.Count);
        Assert.InRange(_history.Document.Incidents.Count, 90, 91);
    }

    [Theory]
    [InlineData("Operational", "Operational", "Operational")]
    [InlineData("Operational", "Down", "Degraded")]
    [InlineData("Operational", "Degraded", "Degraded")]
    [InlineData("Operational", "Unknown", "Degraded")]
    [InlineData("Down", "Unknown", "Down")]
    [InlineData("Down", "Operational", "Down")]
    public void Overall_DownloadsDecide_OthersDegrade(string downloads, string bucket, string overall)
    {
        var state = StatusHistory.Overall([new("downloads", "", Enum.Parse<ComponentState>(downloads), ""), new("bucket", "", Enum.Parse<ComponentState>(bucket), "")]);

        Assert.Equal(overall, state.ToString());
    }

    [Fact]
    public void AddNote_OfAComponent_GoesToItsNewestIncident()
    {
        Look(0, ComponentState.Down);

        Assert.True(_history.AddNote(Start, "We are looking.", "bucket"));
        Assert.False(_history.AddNote(Start, "Of nothing.", "replicas"));
        Assert.True(_history.AddNote(Start, "Of all.", component: null));

        Assert.Equal("We are looking.", Assert.Single(_history.Document.Incidents[0].Notes).Text);
        Assert.Equal("Of all.", Assert.Single(_history.Document.Notes).Text);
    }

    [Fact]
    public void Document_WrittenAndRead_IsTheSame()
    {
        Look(0, ComponentState.Down);
        Look(10, ComponentState.Operational);
        _history.AddNote(Start, "A note.", "bucket");

        var again = StatusDocument.Read(_history.Document.Write());

        Assert.Equal(_history.Document.Write(), again.Write());
        Assert.Contains("\"state\": \"Operational\"", Encoding.UTF8.GetString(again.Write()), StringComparison.Ordinal);
    }

    [Fact]
    public void Page_TextsOfPeople_AreEscapedAndNothingIsFetched()
    {
        Look(0, ComponentState.Down, "<b>");
        _history.AddNote(Start, "<script>alert(1)</script>", "bucket");

        var page = Encoding.UTF8.GetString(StatusPage.Write(_history.Document));

        Assert.Contains("Downloads of &lt;Quill&gt;", page, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", page.Replace("<b>Bucket</b>", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("http:", page, StringComparison.Ordinal);
        Assert.DoesNotContain("https:", page, StringComparison.Ordinal);
        Assert.Contains("Last looked at 2026-08-05 12:00:00 UTC", page, StringComparison.Ordinal);
        Assert.Equal(90, page.Split("<rect ").Length - 1);
    }

    private ComponentHistory Bucket => Assert.Single(_history.Document.Components);

    private void Look(int seconds, ComponentState state, string detail = "") =>
        _history.Record(Start.AddSeconds(seconds), [new ComponentReport("bucket", "Bucket", state, detail)]);
}
