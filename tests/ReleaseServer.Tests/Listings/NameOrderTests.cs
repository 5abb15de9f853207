using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ReleaseServer.Listings;

namespace ReleaseServer.Tests.Listings;

public sealed class NameOrderTests
{
    // The neighbours of the surrogates, halves on their own too, in names short enough to collide often.
    private static readonly Arbitrary<string> Names =
        Gen.Elements('a', 'B', '-', '.', '~', '\u00e9', '\ud7ff', '\ud83d', '\ude80', '\ue000', '\uffee', '\uffff')
            .ArrayOf()
            .Select(static characters => new string(characters))
            .ToArbitrary();

    [Fact]
    public void Compare_AnyTwoNames_AsTheirBytesOfUtf8() =>
        Prop.ForAll(Names, Names, static (left, right) =>
        {
            var expected = Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right));

            return Math.Sign(NameOrder.Compare(left, right)) == Math.Sign(expected);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));

    [Fact]
    public void Compare_BeyondTheBasicPlane_AfterPrivateUse() =>
        Assert.True(NameOrder.Compare("\ue000", "\U0001F680") < 0);
}
