using FsCheck;
using FsCheck.Fluent;
using ReleaseServer.Caching;

namespace ReleaseServer.Tests.Caching;

public sealed class ExtentSetTests
{
    private const int Length = 40;

    [Fact]
    public void Add_AnyRuns_AsAnArrayOfFlagsSays()
    {
        var runs = Gen.Choose(0, Length).Two().ListOf();

        Check.QuickThrowOnFailure(Prop.ForAll(runs.ToArbitrary(), added =>
        {
            var (set, flags) = (new ExtentSet(), new bool[Length]);
            foreach (var (start, end) in added)
            {
                set.Add(start, end);
                for (var i = start; i < end; i++)
                {
                    flags[i] = true;
                }
            }

            var isSame = set.Count() == flags.Count(static flag => flag);
            for (var position = 0; position < Length; position++)
            {
                isSame &= set.EndFrom(position) == IndexFrom(flags, position, false);
                isSame &= flags[position] || set.NextStart(position, Length) == IndexFrom(flags, position, true);
            }

            return isSame;
        }));
    }

    private static int IndexFrom(bool[] flags, int position, bool wanted) =>
        Array.IndexOf(flags, wanted, position) is >= 0 and var index ? index : Length;
}
