using ReleaseServer.Alerting;
using ReleaseServer.Tests.Buckets;

namespace ReleaseServer.Tests.Alerting;

public sealed class AlertMarksTests : IDisposable
{
    private const string Subject = "s3 releases https://s3.example.org/ä b";

    private static readonly DateTimeOffset Since = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static readonly AlertMark Mark = new(Since, Since.AddHours(1), Count: 12, Untold: 3) { Parts = ["checksums whole", "links whole"] };

    private readonly ScratchFolder _folder = new();
    private readonly AlertMarks _marks;

    public AlertMarksTests() => _marks = new AlertMarks(_folder.In("state/open-alerts"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_Written_AsItWasAndOnlyOfItsKindAndSubject()
    {
        Assert.Null(_marks.Write(AlertKind.VerificationFailed, Subject, Mark with { Count = 1, Untold = 0 }));
        Assert.Null(_marks.Write(AlertKind.VerificationFailed, Subject, Mark));

        var read = _marks.Read(AlertKind.VerificationFailed, Subject);
        Assert.Equal(Mark, read! with { Parts = Mark.Parts });
        Assert.Equal(Mark.Parts, read.Parts);
        Assert.Null(_marks.Read(AlertKind.StartFailed, Subject));
        Assert.Null(_marks.Read(AlertKind.VerificationFailed, "another"));
        var file = Assert.Single(Directory.GetFiles(_folder.In("state/open-alerts")));
        Assert.Matches("/verification-failed-[0-9a-f]{12}[.]json$", file);
        Assert.Contains("\"subject\": \"s3 releases https://s3.example.org/", File.ReadAllText(file), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Write_SeveralAtOnce_AlwaysOneIsThereWholeAndNothingIsLeftBeside()
    {
        Assert.Null(_marks.Write(AlertKind.StartFailed, Subject, Mark));

        await Parallel.ForAsync(0, 1000, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = TestContext.Current.CancellationToken }, (i, _) =>
        {
            Assert.Null(new AlertMarks(_folder.In("state/open-alerts")).Write(
                AlertKind.StartFailed, Subject, Mark with { Parts = [.. Enumerable.Repeat("checksums whole", i % 100)] }));
            Assert.NotNull(_marks.Read(AlertKind.StartFailed, Subject));
            return ValueTask.CompletedTask;
        });

        Assert.Single(Directory.GetFiles(_folder.In("state/open-alerts")));
    }

    [Fact]
    public void Remove_ThereOrNot_IsGone()
    {
        Assert.Null(_marks.Remove(AlertKind.StartFailed, Subject));
        _marks.Write(AlertKind.StartFailed, Subject, Mark);

        Assert.Null(_marks.Remove(AlertKind.StartFailed, Subject));
        Assert.Null(_marks.Remove(AlertKind.StartFailed, Subject));

        Assert.Null(_marks.Read(AlertKind.StartFailed, Subject));
        Assert.Empty(Directory.GetFiles(_folder.In("state/open-alerts")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\0\0\0\0")]
    [InlineData("{")]
    [InlineData("""{"since":"2026-01-02T03:04:05Z","told":"2026-01-02T03:04:05Z","count":1}""")]
    [InlineData("""{"since":"yesterday","told":"2026-01-02T03:04:05Z","count":1,"untold":0}""")]
    [InlineData("""{"since":"2026-01-02T03:04:05Z","told":"2026-01-02T03:04:05Z","count":0,"untold":0}""")]
    [InlineData("""{"since":"2026-01-02T03:04:05Z","told":"2026-01-02T03:04:05Z","count":3,"untold":3}""")]
    [InlineData("""{"since":"2026-01-02T03:04:05Z","told":"2026-01-02T03:04:05Z","count":3,"untold":-1}""")]
    [InlineData("""{"since":"2026-01-02T03:04:05Z","told":"2026-01-02T03:04:05Z","count":1,"untold":0,"parts":null}""")]
    [InlineData("""{"since":"2026-01-02T03:04:05Z","told":"2026-01-02T03:04:05Z","count":1,"untold":0,"parts":[null]}""")]
    public void Read_NoMark_NothingAndRemoved(string content)
    {
        _marks.Write(AlertKind.StartFailed, Subject, Mark);
        var file = Directory.GetFiles(_folder.In("state/open-alerts")).Single();
        File.WriteAllText(file, content);

        Assert.Null(_marks.Read(AlertKind.StartFailed, Subject));
        Assert.False(File.Exists(file));
    }

    [Fact]
    public void Read_LargeFile_NothingAndRemoved()
    {
        _marks.Write(AlertKind.StartFailed, Subject, Mark);
        var file = Directory.GetFiles(_folder.In("state/open-alerts")).Single();
        File.AppendAllText(file, new string(' ', 70_000));

        Assert.Null(_marks.Read(AlertKind.StartFailed, Subject));
        Assert.False(File.Exists(file));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/proc/no-such-place")]
    [InlineData("/dev/full/state")]
    public void Write_NoPlace_SaysSoAndNothingIsRemembered(string directory)
    {
        var marks = new AlertMarks(directory);

        Assert.NotNull(marks.Write(AlertKind.StartFailed, Subject, Mark));
        Assert.Null(marks.Read(AlertKind.StartFailed, Subject));
    }
}
