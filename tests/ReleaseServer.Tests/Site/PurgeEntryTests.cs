using System.Text;
using ReleaseServer.Caching;
using ReleaseServer.Site;

namespace ReleaseServer.Tests.Site;

public sealed class PurgeEntryTests
{
    private static readonly DateTimeOffset Time = new(2026, 8, 5, 14, 3, 0, TimeSpan.Zero);

    [Fact]
    public void Entry_Written_ReadableText()
    {
        var purge = new CachePurge([new SurrogateKey("key", "r/v2/é \"x\".tgz"), new SurrogateKey("dir", "")], All: false, IsHard: true);

        var text = Encoding.UTF8.GetString(new PurgeEntry(7, Time, new PurgeNote(purge, "ann@build-3", "wrong checksum")).Write());

        Assert.Equal(
            """
            {
              "format": 1,
              "number": 7,
              "time": "2026-08-05T14:03:00Z",
              "by": "ann@build-3",
              "reason": "wrong checksum",
              "hard": true,
              "all": false,
              "tags": [
                "key:r/v2/\u00E9 \u0022x\u0022.tgz",
                "dir:"
              ]
            }

            """,
            text);
    }

    [Theory]
    [InlineData(null, null, false, true)]
    [InlineData("ann@build-3", "wrong checksum", true, false)]
    public void Entry_WrittenAndRead_Same(string? by, string? reason, bool isHard, bool all)
    {
        var purge = new CachePurge([new SurrogateKey("key", "r/v2/\u00e9 x"), new SurrogateKey("release", "v2.0.0")], all, isHard);
        var entry = new PurgeEntry(7, Time, new PurgeNote(purge, by, reason));

        var read = PurgeEntry.Read(7, entry.Write());

        Assert.Equal((entry.Number, entry.Time, by, reason), (read.Number, read.Time, read.Note.By, read.Note.Reason));
        Assert.Equal((purge.All, purge.IsHard), (read.Note.Purge.All, read.Note.Purge.IsHard));
        Assert.Equal(purge.Tags, read.Note.Purge.Tags);
    }

    [Theory]
    [InlineData("{", "line 1: is not JSON")]
    [InlineData("""{ "format": 1, "number": 8, "time": "2026-08-05T14:03:00Z" }""", "number must be 7, is 8")]
    [InlineData("""{ "format": 1, "number": 7 }""", "time is missing")]
    [InlineData("""{ "format": 1, "number": 7, "time": "2026-08-05T14:03:00Z", "tags": ["kee:x"] }""", "'kee:x' is no tag that is known here")]
    [InlineData("""{ "format": 1, "number": 7, "time": "2026-08-05T14:03:00Z", "soft": true }""", "soft is not known here")]
    public void Entry_Bad_OneFaultThatNamesIt(string text, string expected)
    {
        var exception = Assert.Throws<SiteDataException>(() => PurgeEntry.Read(7, Encoding.UTF8.GetBytes(text)));

        Assert.StartsWith("purges/0000000007.json: " + expected, Assert.Single(exception.Faults).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".release-server/purges/0000000007.json", true, 7)]
    [InlineData(".release-server/purges/12345678901.json", true, 12345678901)]
    [InlineData(".release-server/purges/.json", false, 0)]
    [InlineData(".release-server/purges/-7.json", false, 0)]
    [InlineData(".release-server/links/7-x.json", false, 0)]
    public void TryGetNumber_Key_OnlyOfEntries(string key, bool expected, long expectedNumber)
    {
        var found = PurgeEntry.TryGetNumber(key, out var number);

        Assert.Equal((expected, expected ? expectedNumber : number), (found, number));
    }

    [Fact]
    public void KeyOf_Number_TenDigitsSoThatListingsAreInOrder()
    {
        Assert.Equal(".release-server/purges/0000000042.json", PurgeEntry.KeyOf(42).Value);
    }
}
