namespace ReleaseServer.Caching;

/// <summary>What the site says of the objects that a cache keeps. Safe for concurrent use.</summary>
internal interface ICacheRules
{
    /// <summary>Of listings of directories, made from the bucket or from the catalog.</summary>
    FreshnessClass Listings { get; }

    /// <summary>Of the knowledge that a name is not in the bucket.</summary>
    FreshnessClass Absence { get; }

    /// <param name="key">Of an object, catalog documents included.</param>
    FreshnessClass ClassOf(string key);

    /// <summary>The version whose directory a key lies in, such as <c>v22.1.0</c>; null for none.</summary>
    string? ReleaseOf(string key);
}
