using Microsoft.Extensions.Logging.Abstractions;
using ReleaseServer.Downloads;
using ReleaseServer.Testing.Time;
using ReleaseServer.Tests.Buckets;
using ReleaseServer.Tests.Http;

namespace ReleaseServer.Tests.Downloads;

public sealed class DownloadCounterTests : IDisposable
{
    private const string Key = "nodejs/release/v1.0.0/node-v1.0.0-linux-x64.tar.gz";

    private readonly ScratchFolder _folder = new();
    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 8, 5, 23, 59, 50, TimeSpan.Zero));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private DownloadsOptions Options => new() { Path = _folder.In("counts"), KeepDays = 2 };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Count_SameAgain_AllocatesNothing()
    {
        var counter = new DownloadCounter(Options, _clock);
        var name = counter.Of(Key)!;

        Assert.Same(name, counter.Of(Key));
        Assert.Equal(0, Allocations.Of(() => counter.Count(name, "DE", isWhole: true, 10)));
    }

    [Theory]
    [InlineData("DE", "DE")]
    [InlineData("de", "DE")]
    [InlineData("T1", "T1")]
    [InlineData("", "")]
    [InlineData("DEU", "")]
    [InlineData("D,", "")]
    public void Count_Country_TwoLettersOrNone(string sent, string counted)
    {
        var counter = new DownloadCounter(Options, _clock);

        counter.Count(counter.Of(Key)!, sent, isWhole: false, 7);

        Assert.Equal(new DownloadRow("release", "v1.0.0", "linux-x64", counted, 0, 7), Assert.Single(counter.Today().Rows()));
    }

    [Fact]
    public async Task Restart_OnTheSameDay_GoesOnWhereItWas()
    {
        await RunAsync(static counter => Count(counter, times: 3));
        await RunAsync(static counter => Count(counter, times: 2));
        await RunAsync(static _ => { });

        Assert.Equal("channel,version,platform,country,downloads,bytes\nrelease,v1.0.0,linux-x64,,5,50\n", await ReadAsync("2026-08-05"));
    }

    [Fact]
    public async Task Midnight_WhileCounting_EachDayHasItsOwn()
    {
        await RunAsync(counter =>
        {
            Count(counter, times: 3);
            _clock.Advance(TimeSpan.FromSeconds(20));
            Count(counter, times: 4);
        });

        Assert.Contains(",3,30\n", await ReadAsync("2026-08-05"), StringComparison.Ordinal);
        Assert.Contains(",4,40\n", await ReadAsync("2026-08-06"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OldDays_BeyondWhatIsKept_AreRemoved()
    {
        await RunAsync(static counter => Count(counter, times: 1));
        _clock.Advance(TimeSpan.FromDays(3));
        await RunAsync(static counter => Count(counter, times: 1));

        Assert.Equal(["2026-08-08.csv"], Directory.GetFiles(Options.Path, "*.csv").Select(Path.GetFileName));
    }

    [Fact]
    public async Task BrokenFile_AtStart_IsPutAsideAndNotReplaced()
    {
        _folder.Write("counts/2026-08-05.csv", "channel,version,platform,country,downloads,bytes\nrelease,v1");

        await RunAsync(static counter => Count(counter, times: 1));

        Assert.EndsWith("release,v1", await ReadAsync("2026-08-05", ".csv.broken"), StringComparison.Ordinal);
        Assert.Contains(",1,10\n", await ReadAsync("2026-08-05"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TwoProcesses_OneDirectory_TheSecondKeepsNothing()
    {
        var counter = new DownloadCounter(Options, _clock);
        using var first = new DownloadJournal(counter, Options, _clock, NullLogger<DownloadJournal>.Instance);
        await first.StartAsync(Token);
        Count(counter, times: 5);

        await RunAsync(static other => Count(other, times: 1));
        await first.StopAsync(Token);

        Assert.Contains(",5,50\n", await ReadAsync("2026-08-05"), StringComparison.Ordinal);
    }

    [Fact]
    public void Table_Written_IsReadBack()
    {
        DownloadRow[] rows = [new("release", "v1.0.0", "linux-x64", "DE", 1, 2), new("", "1.0.0", "source", "", 3, long.MaxValue)];

        Assert.Equivalent(rows, DownloadTable.Read(DownloadTable.Write(rows)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x\n")]
    [InlineData("channel,version,platform,country,downloads,bytes\na,b,c,d,1\n")]
    [InlineData("channel,version,platform,country,downloads,bytes\na,b,c,d,-1,2\n")]
    [InlineData("channel,version,platform,country,downloads,bytes\na,b,c,d,1,2")]
    public void Table_Broken_IsRefused(string text) =>
        Assert.Throws<FormatException>(() => DownloadTable.Read(System.Text.Encoding.ASCII.GetBytes(text)));

    private static void Count(DownloadCounter counter, int times)
    {
        for (var i = 0; i < times; i++)
        {
            counter.Count(counter.Of(Key)!, default, isWhole: true, 10);
        }
    }

    // One life of a process.
    private async Task RunAsync(Action<DownloadCounter> life)
    {
        var counter = new DownloadCounter(Options, _clock);
        using var journal = new DownloadJournal(counter, Options, _clock, NullLogger<DownloadJournal>.Instance);
        await journal.StartAsync(Token);
        life(counter);
        await journal.StopAsync(Token);
    }

    private Task<string> ReadAsync(string day, string ending = ".csv") => File.ReadAllTextAsync(Path.Combine(Options.Path, day + ending), Token);
}
