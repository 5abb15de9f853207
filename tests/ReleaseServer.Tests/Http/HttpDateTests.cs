using FsCheck;
using FsCheck.Fluent;
using ReleaseServer.Http;

namespace ReleaseServer.Tests.Http;

public sealed class HttpDateTests
{
    [Theory]
    [InlineData("Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z")]
    [InlineData("Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37Z")]
    [InlineData("Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37Z")]
    [InlineData("Wed Aug 26 18:21:10 2026", "2026-08-26T18:21:10Z")]
    [InlineData("Sun Nov 06 08:49:37 1994", "1994-11-06T08:49:37Z")]
    [InlineData("Mon, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z")]
    [InlineData("Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00Z")]
    [InlineData("Thu, 29 Feb 2024 23:59:59 GMT", "2024-02-29T23:59:59Z")]
    [InlineData("Sat, 31 Dec 2016 23:59:60 GMT", "2017-01-01T00:00:00Z")]
    [InlineData("Fri, 31 Dec 9999 23:59:59 GMT", "9999-12-31T23:59:59Z")]
    public void TryParse_DateOfTheGrammar_Read(string text, string expected)
    {
        var read = HttpDate.TryParse(text, FixedClock.At2026, out var date);

        Assert.True(read);
        Assert.Equal(DateTimeOffset.Parse(expected, null), date);
        Assert.Equal(TimeSpan.Zero, date.Offset);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Sun")]
    [InlineData("1994-11-06T08:49:37Z")]
    [InlineData(" Sun, 06 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 06 Nov 1994 08:49:37 GMT ")]
    [InlineData("sun, 06 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 06 nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 06 NOV 1994 08:49:37 GMT")]
    [InlineData("unM, 06 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 06 anF 1994 08:49:37 GMT")]
    [InlineData("Xyz, 06 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 06 Nov 1994 08:49:37 UTC")]
    [InlineData("Sun, 06 Nov 1994 08:49:37 gmt")]
    [InlineData("Sun, 06 Nov 1994 08:49:37 PST")]
    [InlineData("Sun, 06 Nov 1994 08:49:37")]
    [InlineData("Sun,  6 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 6 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 06-Nov-1994 08:49:37 GMT")]
    [InlineData("Sun, 00 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 31 Nov 1994 08:49:37 GMT")]
    [InlineData("Wed, 29 Feb 2023 08:49:37 GMT")]
    [InlineData("Sun, 06 Nov 0000 08:49:37 GMT")]
    [InlineData("Sun, 06 Nov 1994 24:00:00 GMT")]
    [InlineData("Sun, 06 Nov 1994 08:60:00 GMT")]
    [InlineData("Sun, 06 Nov 1994 08:49:60 GMT")]
    [InlineData("Sun, 06 Nov 1994 +8:49:37 GMT")]
    [InlineData("Sun, 06 Nov 1994 08.49.37 GMT")]
    [InlineData("Fri, 31 Dec 9999 23:59:60 GMT")]
    [InlineData("Sun, 06-Nov-94 08:49:37 GMT")]
    [InlineData("Sunday, 06-Nov-1994 08:49:37 GMT")]
    [InlineData("Sunday, 06 Nov 94 08:49:37 GMT")]
    [InlineData("Sunday, 31-Feb-94 08:49:37 GMT")]
    [InlineData("Sun Nov  6 08:49:37 94")]
    [InlineData("Sun Nov 6 08:49:37 1994")]
    [InlineData("Sun Nov  0 08:49:37 1994")]
    [InlineData("Sun Nov  6 08:49:37 1994 GMT")]
    [InlineData("Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, ٠٦ Nov 1994 08:49:37 GMT")]
    public void TryParse_OffTheGrammar_Refused(string text)
    {
        var read = HttpDate.TryParse(text, FixedClock.At2026, out var date);

        Assert.False(read);
        Assert.Equal(default, date);
    }

    [Theory]
    [InlineData("05-Aug-76 18:21:10", 2026, 2076)]
    [InlineData("05-Aug-76 18:21:11", 2026, 1976)]
    [InlineData("01-Jan-77 00:00:00", 2026, 1977)]
    [InlineData("01-Jan-26 00:00:00", 2026, 2026)]
    [InlineData("01-Jan-00 00:00:00", 2026, 2000)]
    [InlineData("01-Jan-05 00:00:00", 2099, 2105)]
    [InlineData("01-Jan-99 00:00:00", 2001, 1999)]
    [InlineData("29-Feb-00 00:00:00", 2060, 2000)]
    public void TryParse_YearOfTwoDigits_NoMoreThanFiftyYearsAhead(string text, int now, int expected)
    {
        var clock = new FixedClock(new DateTimeOffset(now, 8, 5, 18, 21, 10, TimeSpan.Zero));

        var read = HttpDate.TryParse($"Monday, {text} GMT", clock, out var date);

        Assert.True(read);
        Assert.Equal(expected, date.Year);
    }

    [Fact]
    public void Format_FractionAndOffset_UtcCutToTheSecond()
    {
        var date = new DateTimeOffset(1994, 11, 6, 10, 49, 37, 999, TimeSpan.FromHours(2));

        var text = HttpDate.Format(date);

        Assert.Equal("Sun, 06 Nov 1994 08:49:37 GMT", text);
    }

    [Fact]
    public void ToWholeSeconds_FractionAndOffset_UtcCutToTheSecond()
    {
        var date = new DateTimeOffset(1969, 12, 31, 23, 59, 59, 999, TimeSpan.FromHours(2));

        var cut = HttpDate.ToWholeSeconds(date);

        Assert.Equal(new DateTimeOffset(1969, 12, 31, 21, 59, 59, TimeSpan.Zero), cut);
        Assert.Equal(TimeSpan.Zero, cut.Offset);
    }

    [Fact]
    public void TryParse_WhatFormatWrote_SameSecond()
    {
        var property = Prop.ForAll<DateTime>(any =>
        {
            var date = new DateTimeOffset(any.Ticks, TimeSpan.Zero);

            return HttpDate.TryParse(HttpDate.Format(date), FixedClock.At2026, out var read) && read == HttpDate.ToWholeSeconds(date);
        });

        property.QuickCheckThrowOnFailure();
    }

    [Fact]
    public void TryParse_OneCharacterChanged_NeverThrows()
    {
        string[] forms = ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"];
        var cases = from form in Gen.Elements(forms)
                    from at in Gen.Choose(0, form.Length - 1)
                    from c in Gen.Elements("0123456789 -:,SunMoayNvGTé\0".ToCharArray())
                    select form.Remove(at, 1).Insert(at, c.ToString());
        var property = Prop.ForAll(cases.ToArbitrary(), text =>
            !HttpDate.TryParse(text, FixedClock.At2026, out var date) || date.Offset == TimeSpan.Zero);

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2_000), property);
    }

    [Fact]
    public void TryParse_EachForm_WithoutAllocating()
    {
        var allocated = Allocations.Of(static () =>
        {
            HttpDate.TryParse("Sun, 06 Nov 1994 08:49:37 GMT", FixedClock.At2026, out _);
            HttpDate.TryParse("Sunday, 06-Nov-94 08:49:37 GMT", FixedClock.At2026, out _);
            HttpDate.TryParse("Sun Nov  6 08:49:37 1994", FixedClock.At2026, out _);
        });

        Assert.Equal(0, allocated);
    }
}
