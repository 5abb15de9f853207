using FsCheck;
using FsCheck.Fluent;
using ReleaseServer.Listings;

namespace ReleaseServer.Tests.Listings;

public sealed class CatalogKeysTests
{
    [Theory]
    [InlineData("", ".release-server/catalog/~listing.json")]
    [InlineData("a/b/", ".release-server/catalog/a/b/~listing.json")]
    [InlineData("~x/", ".release-server/catalog/~~x/~listing.json")]
    [InlineData("~~x/a~/", ".release-server/catalog/~~~x/a~/~listing.json")]
    [InlineData("~listing.json/", ".release-server/catalog/~~listing.json/~listing.json")]
    public void TryCreate_Directory_KeyThatLeadsBack(string directory, string expected)
    {
        var made = CatalogKeys.TryCreate(directory, out var key);

        Assert.True(made);
        Assert.Equal(expected, key.Value);
        Assert.True(CatalogKeys.TryGetDirectory(key.Value, out var back));
        Assert.Equal(directory, back);
    }

    [Theory]
    [InlineData(".release-server/catalog/a/b/listing.json")]
    [InlineData(".release-server/catalog/a~listing.json")]
    [InlineData(".release-server/catalog/~x/~listing.json")]
    [InlineData(".release-server/catalog//~listing.json")]
    [InlineData(".release-server/catalog/../~listing.json")]
    [InlineData(".release-server/catalog~listing.json")]
    [InlineData(".release-server/~listing.json")]
    [InlineData(".release-server/catalog/a/")]
    [InlineData("a/~listing.json")]
    public void TryGetDirectory_KeyThatIsNeverMade_False(string key) =>
        Assert.False(CatalogKeys.TryGetDirectory(key, out _));

    // Neither two directories share a document, nor is a document's key the prefix of another's.
    [Fact]
    public void TryCreate_AnyTwoDirectories_NoCollision()
    {
        var segments = Gen.Elements("a", "~", "~a", "~~a", "~listing.json", "~~listing.json");
        var directories = segments.ArrayOf().Select(static names => string.Concat(names.Select(name => name + "/"))).ToArbitrary();

        Prop.ForAll(directories, directories, static (left, right) =>
        {
            CatalogKeys.TryCreate(left, out var leftKey);
            CatalogKeys.TryCreate(right, out var rightKey);
            return left == right
                ? leftKey == rightKey
                : leftKey != rightKey && !rightKey.Value.StartsWith(leftKey.Value + "/", StringComparison.Ordinal);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Theory]
    [InlineData(255, "", true)]
    [InlineData(256, "", false)]
    [InlineData(254, "~", true)]
    [InlineData(255, "~", false)]
    public void TryCreate_LongSegment_UpTo255BytesAsWritten(int length, string tilde, bool expected)
    {
        var segment = tilde + new string('x', length - tilde.Length);

        Assert.Equal(expected, CatalogKeys.TryCreate(segment + "/", out _));
    }

    [Theory]
    [InlineData(1024, true)]
    [InlineData(1025, false)]
    public void TryCreate_LongKey_UpTo1024Bytes(int keyBytes, bool expected)
    {
        // Two bytes a character, and the odd one made up by a plain letter.
        var room = keyBytes - ".release-server/catalog/~listing.json".Length;
        var directory = string.Concat(Enumerable.Repeat(new string('\u00e9', 99) + "/", room / 199));
        room %= 199;
        directory += new string('\u00e9', (room - 1) / 2) + (room % 2 == 0 ? "x/" : "/");

        Assert.Equal(expected, CatalogKeys.TryCreate(directory, out _));
    }

    [Theory]
    [InlineData("a//")]
    [InlineData("../")]
    [InlineData("a")]
    [InlineData("/")]
    public void TryCreate_NoDirectory_False(string directory) => Assert.False(CatalogKeys.TryCreate(directory, out _));
}
