using ReleaseServer.Listings;

namespace ReleaseServer.Tests.Listings;

public sealed class DirectoryListingTests
{
    private static readonly DateTimeOffset Old = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset New = new(2026, 8, 5, 14, 3, 59, 900, TimeSpan.Zero);

    [Fact]
    public void Entries_AnyOrder_DirectoriesThenFilesByBytes()
    {
        var listing = new DirectoryListing(
        [
            File("b"), File("B"), File("20.txt"), File("100.txt"), Directory("dir-x"), Directory("dir"), Directory("v1.20"),
            Directory("v1.2-rc"), Directory("v1.2"), Directory("latest-argon"), Directory("latest"),
        ]);

        Assert.Equal(
            ["dir", "dir-x", "latest", "latest-argon", "v1.2", "v1.2-rc", "v1.20", "100.txt", "20.txt", "B", "b"], Names(listing));
    }

    [Fact]
    public void Entries_NamesWithADotFirst_Hidden()
    {
        var listing = new DirectoryListing([File(".a"), File("a."), Directory(".d"), Directory("..."), Directory("d")]);

        Assert.Equal(["d", "a."], Names(listing));
    }

    [Fact]
    public void LastModified_SeveralDates_NewestShownInWholeSeconds()
    {
        var listing = new DirectoryListing(
        [
            File("old") with { Modified = Old },
            Directory("new") with { Modified = New },
            Directory("unknown"),
            File(".hidden") with { Modified = New.AddDays(1) },
        ]);

        Assert.Equal(new DateTimeOffset(2026, 8, 5, 14, 3, 59, TimeSpan.Zero), listing.LastModified);
    }

    [Fact]
    public void LastModified_NoDateShown_Null() =>
        Assert.Null(new DirectoryListing([Directory("unknown"), File(".hidden") with { Modified = New }]).LastModified);

    private static ListingEntry File(string name) => new(name, IsDirectory: false, 1, Old);

    private static ListingEntry Directory(string name) => new(name, IsDirectory: true, null, null);

    private static IEnumerable<string> Names(DirectoryListing listing) => listing.Entries.ToArray().Select(entry => entry.Name);
}
