using System.Globalization;
using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Primitives;
using ReleaseServer.Http;

namespace ReleaseServer.Tests.Http;

public sealed class RangeHeaderTests
{
    private static readonly string[] Numbers =
        ["", "0", "1", "5", "9", "10", "42", "007", "9223372036854775806", "9223372036854775807", "9223372036854775808", "99999999999999999999"];

    [Theory]
    [InlineData("bytes=0-9", "0-9")]
    [InlineData("Bytes=0-9", "0-9")]
    [InlineData("  BYTES=0-9\t", "0-9")]
    [InlineData("bytes=5-5", "5-5")]
    [InlineData("bytes=0-", "0-999")]
    [InlineData("bytes=990-", "990-999")]
    [InlineData("bytes=999-", "999-999")]
    [InlineData("bytes=-5", "995-999")]
    [InlineData("bytes=-1000", "0-999")]
    [InlineData("bytes=-5000", "0-999")]
    [InlineData("bytes=-99999999999999999999", "0-999")]
    [InlineData("bytes=900-5000", "900-999")]
    [InlineData("bytes=0-99999999999999999999", "0-999")]
    [InlineData("bytes=000000000000000000000000000001-2", "1-2")]
    [InlineData("bytes=0-9,20-29", "0-9 20-29")]
    [InlineData("bytes=0-9 , 20-29\t,40-49", "0-9 20-29 40-49")]
    [InlineData("bytes=0-9,", "0-9")]
    [InlineData("bytes=,0-9", "0-9")]
    [InlineData("bytes=0-9, ,,20-29", "0-9 20-29")]
    [InlineData("bytes=20-29,0-9", "20-29 0-9")]
    [InlineData("bytes=0-9,5-14", "0-9 5-14")]
    [InlineData("bytes=0-9,2000-3000", "0-9")]
    [InlineData("bytes=2000-3000,0-9,-0,-3", "0-9 997-999")]
    [InlineData("bytes=0-499,500-999", "0-499 500-999")]
    [InlineData("bytes= 0-9", "0-9")]
    public void Select_SatisfiableRanges_InTheOrderAskedFor(string value, string expected)
    {
        var selection = RangeHeader.Select(value, 1000);

        Assert.Equal(RangeOutcome.Satisfied, selection.Outcome);
        Assert.Equal(expected, string.Join(' ', Ranges(selection).Select(range => $"{range.First}-{range.Last}")));
    }

    [Theory]
    [InlineData("bytes=1000-")]
    [InlineData("bytes=1000-2000")]
    [InlineData("bytes=99999999999999999999-")]
    [InlineData("bytes=9223372036854775807-9223372036854775807")]
    [InlineData("bytes=-0")]
    [InlineData("bytes=2000-3000,1000-")]
    [InlineData("bytes=")]
    [InlineData("bytes=,")]
    [InlineData("bytes=-")]
    [InlineData("bytes=1")]
    [InlineData("bytes=10-5")]
    [InlineData("bytes=99999999999999999999-5")]
    [InlineData("bytes=a-b")]
    [InlineData("bytes=1-b")]
    [InlineData("bytes=--1")]
    [InlineData("bytes=-5-")]
    [InlineData("bytes=+1-5")]
    [InlineData("bytes=1-5x")]
    [InlineData("bytes=0x0-0x5")]
    [InlineData("bytes=0 - 9")]
    [InlineData("bytes=0-9,x")]
    [InlineData("bytes=0-9,10-5")]
    [InlineData("bytes=0-9,bytes=20-29")]
    [InlineData("bytes=٠-٩")]
    public void Select_NothingSatisfiableOrOffTheGrammar_Unsatisfiable(string value)
    {
        var selection = RangeHeader.Select(value, 1000);

        Assert.Equal(RangeOutcome.Unsatisfiable, selection.Outcome);
        Assert.Equal(0, selection.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0-9")]
    [InlineData("items=0-9")]
    [InlineData("none=0-0")]
    [InlineData("bytes")]
    [InlineData("bytes =0-9")]
    [InlineData("bytesx=0-9")]
    [InlineData("bytes=0-999,0-0")]
    [InlineData("bytes=0-999,0-999")]
    [InlineData("bytes=0-,0-,-1")]
    public void Select_OtherUnitOrMoreThanTheFile_Ignored(string value)
    {
        var selection = RangeHeader.Select(value, 1000);

        Assert.Equal(RangeOutcome.Ignored, selection.Outcome);
        Assert.Equal(0, selection.Count);
    }

    [Theory]
    [InlineData("bytes=0-0")]
    [InlineData("bytes=-1")]
    [InlineData("bytes=junk")]
    public void Select_EmptyFile_Ignored(string value)
    {
        var selection = RangeHeader.Select(value, 0);

        Assert.Equal(RangeOutcome.Ignored, selection.Outcome);
    }

    [Fact]
    public void Select_NoLine_Ignored()
    {
        var selection = RangeHeader.Select(StringValues.Empty, 1000);

        Assert.Equal(RangeOutcome.Ignored, selection.Outcome);
    }

    [Fact]
    public void Select_TwoLines_Ignored()
    {
        var selection = RangeHeader.Select(new StringValues(["bytes=0-9", "bytes=20-29"]), 1000);

        Assert.Equal(RangeOutcome.Ignored, selection.Outcome);
    }

    [Theory]
    [InlineData(100, 100)]
    [InlineData(101, 0)]
    public void Select_ManyRanges_UpToTheLimit(int asked, int expected)
    {
        var value = "bytes=" + string.Join(',', Enumerable.Range(0, asked).Select(i => $"{i}-{i}"));

        var selection = RangeHeader.Select(value, 1000);

        Assert.Equal(expected, selection.Count);
        Assert.Equal(expected == 0 ? RangeOutcome.Ignored : RangeOutcome.Satisfied, selection.Outcome);
    }

    [Fact]
    public void Select_SumBeyondALong_Ignored()
    {
        var selection = RangeHeader.Select("bytes=0-,0-,0-", long.MaxValue);

        Assert.Equal(RangeOutcome.Ignored, selection.Outcome);
    }

    [Fact]
    public void Select_OneRange_WithoutAllocating()
    {
        var value = new StringValues("bytes=100-199,5000-");

        var allocated = Allocations.Of(() => RangeHeader.Select(value, 1000));

        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Indexer_BeyondTheCount_Throws()
    {
        var selection = RangeHeader.Select("bytes=0-0,5-5,2000-", 1000);

        Assert.Throws<ArgumentOutOfRangeException>(() => selection[2]);
        Assert.Throws<ArgumentOutOfRangeException>(() => selection[-1]);
    }

    [Fact]
    public void Select_AnySet_AgreesWithANaiveReading()
    {
        var number = Gen.Elements(Numbers);
        var spec = Gen.Frequency(
            (9, from first in number from last in number select $"{first}-{last}"),
            (1, Gen.Elements("", " ", "x", "5", "--1", "1-2-3")));
        var cases = from set in Gen.ListOf(spec)
                    from length in Gen.Elements(0, 1, 5, 10, 43, 1_000, long.MaxValue - 1, long.MaxValue)
                    select (value: "bytes=" + string.Join(",", set), length);
        var property = Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var selection = RangeHeader.Select(c.value, c.length);

            var ranges = Ranges(selection);
            var (outcome, expected) = SelectNaively(c.value["bytes=".Length..], c.length);
            return selection.Outcome == outcome
                && ranges.SequenceEqual(expected)
                && ranges.All(range => range.First >= 0 && range.First <= range.Last && range.Last < c.length);
        });

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(3_000), property);
    }

    [Fact]
    public void Select_AnyText_NeverThrows()
    {
        var property = Prop.ForAll<string, NonNegativeInt>((text, length) =>
            RangeHeader.Select("bytes=" + text, length.Get).Count >= 0 && RangeHeader.Select(text, length.Get).Count >= 0);

        property.QuickCheckThrowOnFailure();
    }

    private static List<ByteRange> Ranges(RangeSelection selection) =>
        [.. Enumerable.Range(0, selection.Count).Select(i => selection[i])];

    private static (RangeOutcome Outcome, List<ByteRange> Ranges) SelectNaively(string set, long length)
    {
        var specs = set.Split(',').Select(spec => spec.Trim()).Where(spec => spec != "").ToList();
        if (length == 0 || specs.Count > RangeHeader.MaxRanges)
        {
            return (RangeOutcome.Ignored, []);
        }

        var ranges = new List<ByteRange>();
        foreach (var spec in specs)
        {
            var ends = spec.Split('-');
            if (ends.Length != 2 || spec == "-" || !string.Concat(ends).All(char.IsAsciiDigit))
            {
                return (RangeOutcome.Unsatisfiable, []);
            }

            var numbers = ends.Select(end => end == "" ? (BigInteger?)null : BigInteger.Parse(end, CultureInfo.InvariantCulture)).ToArray();
            var first = numbers[0] ?? BigInteger.Max(0, length - numbers[1]!.Value);
            var last = numbers[0] is null ? length - 1 : numbers[1] ?? length - 1;
            if (numbers[0] > numbers[1] && numbers[1] < long.MaxValue)
            {
                return (RangeOutcome.Unsatisfiable, []);
            }

            if (first < length && numbers is not [null, { IsZero: true }])
            {
                ranges.Add(new ByteRange((long)first, (long)BigInteger.Min(last, length - 1)));
            }
        }

        if (ranges.Count == 0)
        {
            return (RangeOutcome.Unsatisfiable, []);
        }

        var sum = ranges.Aggregate(BigInteger.Zero, (total, range) => total + range.Length);
        return sum > length ? (RangeOutcome.Ignored, []) : (RangeOutcome.Satisfied, ranges);
    }
}
