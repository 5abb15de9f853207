using FsCheck;
using FsCheck.Fluent;
using Microsoft.AspNetCore.Http;
using ReleaseServer.Http;

namespace ReleaseServer.Tests.Http;

public sealed class PreconditionsTests
{
    private const string Same = "Wed, 05 Aug 2026 18:21:10 GMT";
    private const string Before = "Wed, 05 Aug 2026 18:21:09 GMT";
    private const string After = "Wed, 05 Aug 2026 18:21:11 GMT";

    private static readonly DateTimeOffset Modified = FixedClock.At2026.GetUtcNow();
    private static readonly Validators File = new(new EntityTag("\"a\""), Modified);
    private static readonly Validators Listing = new(null, Modified);

    private static readonly string?[] TagValues = [null, "", "*", "\"a\"", "W/\"a\"", "\"b\"", "\"b\", \"a\"", "junk"];
    private static readonly string?[] DateValues = [null, "junk", Before, Same, After];

    [Theory]
    [InlineData(null, null, null, null)]
    [InlineData("*", null, null, null)]
    [InlineData("\"a\"", null, null, null)]
    [InlineData("\"a\"", Before, null, null)]
    [InlineData(null, Same, null, null)]
    [InlineData(null, After, null, null)]
    [InlineData(null, "junk", null, null)]
    [InlineData(null, null, "\"b\"", null)]
    [InlineData(null, null, "\"b\"", Same)]
    [InlineData(null, null, "", Same)]
    [InlineData(null, null, null, Before)]
    [InlineData(null, null, null, "junk")]
    public void Evaluate_ConditionsHold_Proceed(string? match, string? unmodified, string? noneMatch, string? modified)
    {
        var outcome = Preconditions.Evaluate(Request(match, unmodified, noneMatch, modified), File);

        Assert.Equal(PreconditionOutcome.Proceed, outcome);
    }

    [Theory]
    [InlineData(null, null, "*", null)]
    [InlineData(null, null, "\"a\"", null)]
    [InlineData(null, null, "W/\"a\"", null)]
    [InlineData(null, null, "\"a\"", Before)]
    [InlineData(null, null, null, Same)]
    [InlineData(null, null, null, After)]
    [InlineData("\"a\"", Before, "\"a\"", null)]
    [InlineData(null, Same, null, Same)]
    public void Evaluate_ClientHasIt_NotModified(string? match, string? unmodified, string? noneMatch, string? modified)
    {
        var outcome = Preconditions.Evaluate(Request(match, unmodified, noneMatch, modified), File);

        Assert.Equal(PreconditionOutcome.NotModified, outcome);
    }

    [Theory]
    [InlineData("\"b\"", null, null, null)]
    [InlineData("W/\"a\"", null, null, null)]
    [InlineData("", null, null, null)]
    [InlineData("junk", null, null, null)]
    [InlineData("\"b\"", After, null, null)]
    [InlineData(null, Before, null, null)]
    [InlineData("\"b\"", null, "\"a\"", null)]
    [InlineData(null, Before, null, After)]
    public void Evaluate_ClientMeansAnother_Failed(string? match, string? unmodified, string? noneMatch, string? modified)
    {
        var outcome = Preconditions.Evaluate(Request(match, unmodified, noneMatch, modified), File);

        Assert.Equal(PreconditionOutcome.Failed, outcome);
    }

    [Fact]
    public void Evaluate_ListingAndAsterisk_NotModified()
    {
        var outcome = Preconditions.Evaluate(Request(null, null, "*", null), Listing);

        Assert.Equal(PreconditionOutcome.NotModified, outcome);
    }

    [Fact]
    public void Evaluate_ListingAndATag_Failed()
    {
        var outcome = Preconditions.Evaluate(Request("\"x\"", null, null, null), Listing);

        Assert.Equal(PreconditionOutcome.Failed, outcome);
    }

    [Fact]
    public void Evaluate_NoDateToCompare_Proceed()
    {
        var outcome = Preconditions.Evaluate(Request(null, Before, null, After), new Validators(null, null));

        Assert.Equal(PreconditionOutcome.Proceed, outcome);
    }

    [Fact]
    public void Evaluate_AnyRequest_AgreesWithTheStepsOfTheRfc()
    {
        var cases = from match in Gen.Elements(TagValues)
                    from unmodified in Gen.Elements(DateValues)
                    from noneMatch in Gen.Elements(TagValues)
                    from modified in Gen.Elements(DateValues)
                    from tag in Gen.Elements<EntityTag?>(null, new EntityTag("\"a\""), new EntityTag("\"a\"", true))
                    from date in Gen.Elements<DateTimeOffset?>(null, Modified)
                    select (match, unmodified, noneMatch, modified, current: new Validators(tag, date));
        var property = Prop.ForAll(cases.ToArbitrary(), c =>
            Preconditions.Evaluate(Request(c.match, c.unmodified, c.noneMatch, c.modified), c.current)
            == EvaluateStepByStep(c.match, c.unmodified, c.noneMatch, c.modified, c.current));

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(3_000), property);
    }

    // RFC 9110 §13.2.2, steps 1 to 4, over the few values above.
    private static PreconditionOutcome EvaluateStepByStep(
        string? match, string? unmodified, string? noneMatch, string? modified, Validators current)
    {
        var hasTag = current.EntityTag is not null;
        var hasStrongTag = current.EntityTag is { IsWeak: false };
        var hasDate = current.LastModified is not null;
        if (match is not null)
        {
            var holds = match == "*" || (hasStrongTag && (match is "\"a\"" or "\"b\", \"a\""));
            if (!holds)
            {
                return PreconditionOutcome.Failed;
            }
        }
        else if (unmodified == Before && hasDate)
        {
            return PreconditionOutcome.Failed;
        }

        if (noneMatch is not null)
        {
            var same = noneMatch == "*" || (hasTag && noneMatch.Contains("\"a\"", StringComparison.Ordinal));
            return same ? PreconditionOutcome.NotModified : PreconditionOutcome.Proceed;
        }

        return modified is Same or After && hasDate ? PreconditionOutcome.NotModified : PreconditionOutcome.Proceed;
    }

    private static ConditionalHeaders Request(string? match, string? unmodified, string? noneMatch, string? modified)
    {
        var headers = new HeaderDictionary();
        Add("If-Match", match);
        Add("If-Unmodified-Since", unmodified);
        Add("If-None-Match", noneMatch);
        Add("If-Modified-Since", modified);
        return ConditionalHeaders.Read(headers, FixedClock.At2026);

        void Add(string name, string? value)
        {
            // Not the indexer: it takes an empty value for a removal.
            if (value is not null)
            {
                headers.Add(name, value);
            }
        }
    }
}
