using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Resilience;

namespace ReleaseServer.Site;

/// <summary>Reads what publishers left beneath the reserved prefix of a bucket.</summary>
/// <param name="newest">The newest generation that is known, where a replica may answer: an older one is refused. Null for none.</param>
internal sealed class PublishedSite(IBucket bucket, NewestPublication? newest = null)
{
    /// <summary>Largest document read; far above a catalog of links of any real project, far below what would hurt.</summary>
    private const int MaxBytes = 64 << 20;

    /// <summary>The entity tag of the generation object; null where nothing was ever published.</summary>
    public async ValueTask<EntityTag?> PeekAsync(CancellationToken cancellationToken) =>
        (await bucket.HeadAsync(GenerationDocument.Key, cancellationToken))?.EntityTag;

    /// <summary>The generation as it is now with its entity tag; null where nothing was ever published.</summary>
    /// <exception cref="BucketUnavailableException">The bucket failed, or a replica answered that lags.</exception>
    /// <exception cref="SiteDataException">It cannot be used.</exception>
    public async ValueTask<(GenerationDocument Document, EntityTag Tag)?> ReadGenerationAsync(CancellationToken cancellationToken)
    {
        var read = await ReadAsync(GenerationDocument.Key, cancellationToken);
        if (read is not { } found)
        {
            return null;
        }

        var document = GenerationDocument.Read(found.Content);
        Follow(document);
        return (document, found.Tag);
    }

    /// <summary>The bytes of a generation's links document; empty for a generation without one.</summary>
    /// <exception cref="SiteDataException">It is named, but not there.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadLinksAsync(GenerationDocument generation, CancellationToken cancellationToken)
    {
        if (generation.Links is not { } name)
        {
            return default;
        }

        var read = await ReadAsync(AssetKey.Own(name), cancellationToken);
        return read?.Content ?? throw new SiteDataException([new SiteFault(GenerationDocument.Name, "links", $"{name} is not in the bucket")]);
    }

    /// <summary>An entry of the purge log; null where it is not there.</summary>
    /// <exception cref="SiteDataException">It cannot be used.</exception>
    public async Task<PurgeEntry?> ReadPurgeAsync(long number, CancellationToken cancellationToken) =>
        await ReadAsync(PurgeEntry.KeyOf(number), cancellationToken) is { } read ? PurgeEntry.Read(number, read.Content) : null;

    /// <summary>Checks a links document and flattens its links.</summary>
    /// <param name="name">What faults call the document; null for a generation without one.</param>
    /// <exception cref="SiteDataException">Names every fault with row. An empty document is one, not a table without links.</exception>
    public static PublishedLinks ParseLinks(string? name, ReadOnlyMemory<byte> content)
    {
        if (name is null)
        {
            return PublishedLinks.None;
        }

        var faults = new List<SiteFault>();
        var document = LinksDocument.Read(name, content);
        var table = LinkFlattener.Flatten(name, document.Links, faults);
        return faults.Count == 0 ? new PublishedLinks(document, table, new SiteOverlay(document)) : throw new SiteDataException(faults);
    }

    private void Follow(GenerationDocument document)
    {
        if (newest is null)
        {
            return;
        }

        var publication = new Publication(document.Generation, document.Purges);
        if (newest.IsAheadOf(publication))
        {
            throw new BucketUnavailableException($"{bucket.Description} or a replica of it has {publication}, and {newest.Known} is known");
        }

        newest.Raise(publication);
    }

    private async ValueTask<(ReadOnlyMemory<byte> Content, EntityTag Tag)?> ReadAsync(AssetKey key, CancellationToken cancellationToken)
    {
        await using var representation = await bucket.OpenAsync(key, range: null, expected: null, cancellationToken);
        if (representation is null)
        {
            return null;
        }

        if (representation.Metadata.Length > MaxBytes)
        {
            throw new SiteDataException([new SiteFault(key.Value, "", $"has {representation.Metadata.Length} bytes; at most {MaxBytes} are read")]);
        }

        var content = new byte[representation.Metadata.Length];
        await representation.Body.ReadExactlyAsync(content, cancellationToken);
        return (content, representation.Metadata.EntityTag);
    }
}

/// <summary>A links document, ready to be gone by.</summary>
/// <param name="Table">Its links, flattened.</param>
/// <param name="Overlay">All else of it.</param>
internal sealed record PublishedLinks(LinksDocument Document, LinkTable Table, SiteOverlay Overlay)
{
    public static readonly PublishedLinks None = new(LinksDocument.None, LinkTable.Empty, SiteOverlay.None);
}
