using ReleaseServer.Buckets;
using ReleaseServer.Caching;

namespace ReleaseServer.Site;

/// <summary>How long which objects may be answered from a cache: what <c>freshness.json</c> says. Immutable.</summary>
/// <param name="IsCatalogAuthoritative">Whether an object that its directory's catalog document does not name is absent without asking the bucket.</param>
/// <param name="Classes">In the order of the file.</param>
/// <param name="Objects">The first row that matches a key decides.</param>
/// <param name="Default">Of objects that no row matches.</param>
/// <param name="Listings">Of listings of directories.</param>
/// <param name="Absence">Of the knowledge that a name is not in the bucket.</param>
internal sealed record FreshnessRules(
    bool IsCatalogAuthoritative,
    IReadOnlyList<FreshnessClass> Classes,
    IReadOnlyList<FreshnessRow> Objects,
    FreshnessClass Default,
    FreshnessClass Listings,
    FreshnessClass Absence)
{
    /// <summary>Time after freshness that an object is answered for while the bucket fails, where the file does not say.</summary>
    public static readonly TimeSpan DefaultStaleIfError = TimeSpan.FromDays(7);

    /// <summary>For a site that says nothing: nothing is taken for immutable, and what changes is seen within a minute.</summary>
    public static readonly FreshnessRules Neutral = MakeNeutral();

    public FreshnessClass ClassOf(ReadOnlySpan<char> key)
    {
        foreach (var row in Objects)
        {
            if (row.Keys.Matches(key))
            {
                return row.Class;
            }
        }

        return Default;
    }

    /// <summary>The same with one lifetime for every class.</summary>
    public FreshnessRules WithLifetime(TimeSpan lifetime)
    {
        // A class stays one object, as it is here: who compares classes compares references.
        var changed = Classes.ToDictionary(static old => old, old => old with { Lifetime = lifetime });
        return new FreshnessRules(
            IsCatalogAuthoritative,
            [.. changed.Values],
            [.. Objects.Select(row => row with { Class = changed[row.Class] })],
            changed[Default],
            changed[Listings],
            changed[Absence]);
    }

    private static FreshnessRules MakeNeutral()
    {
        var (other, listing, absence) = (
            new FreshnessClass("default", TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1), DefaultStaleIfError),
            new FreshnessClass("listing", TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30), DefaultStaleIfError),
            new FreshnessClass("absence", TimeSpan.FromSeconds(2), TimeSpan.Zero, TimeSpan.Zero));
        var catalog = KeyPattern.Beneath(AssetKey.ReservedPrefix + "catalog/");
        return new FreshnessRules(false, [other, listing, absence], [new FreshnessRow(catalog, listing)], other, listing, absence);
    }
}

/// <summary>The class of the objects whose keys match.</summary>
internal sealed record FreshnessRow(KeyPattern Keys, FreshnessClass Class);
