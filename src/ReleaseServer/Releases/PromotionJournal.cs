using System.Text.Json;
using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Releases;

/// <summary>A file of a release, as it was found good in staging.</summary>
/// <param name="Name">In the version's directory.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Tag">Entity tag in staging: as long as it stands, the digest does.</param>
/// <param name="Sha256">Lower-case hexadecimal.</param>
internal sealed record CheckedFile(string Name, long Length, string Tag, string Sha256);

/// <summary>How far a promotion has come: <c>.release-server/promotions/CHANNEL/VERSION.json</c>, there while it is not over.</summary>
/// <param name="Started">When it was first begun, UTC.</param>
/// <param name="By">Who began it.</param>
/// <param name="Files">Checked; not hashed again.</param>
internal sealed record PromotionJournal(int Format, string Command, DateTimeOffset Started, string By, string? Reason, IReadOnlyList<CheckedFile> Files)
{
    private const string Folder = "promotions/";

    private static readonly ObjectAttributes Json = new("application/json");

    /// <summary>Generation that was published before.</summary>
    public long Before { get; init; }

    /// <summary>Generation with which every node knows of what is coming; 0 before that.</summary>
    public long Announced { get; init; }

    /// <summary>When that was, UTC.</summary>
    public DateTimeOffset AnnouncedAt { get; init; }

    /// <summary>Whether the version was listed before, so that this adds to it.</summary>
    public bool IsAddition { get; init; }

    /// <summary>Generation with which the version was published; 0 before that.</summary>
    public long Published { get; init; }

    /// <summary>Number of the purge that came with it.</summary>
    public long Purge { get; init; }

    /// <summary>Names that were replaced.</summary>
    public IReadOnlyList<string> Replaced { get; init; } = [];

    /// <summary>Directories whose catalog documents it has changed.</summary>
    public IReadOnlyList<string> Cataloged { get; init; } = [];

    /// <summary>Links that it has moved.</summary>
    public IReadOnlyList<string> Moved { get; init; } = [];

    public static AssetKey KeyOf(string channel, string name) => AssetKey.Own($"{Folder}{channel}/{name}.json");

    /// <returns>Null where no promotion of the version is under way.</returns>
    /// <exception cref="BucketUnavailableException">The bucket failed, or it cannot be read.</exception>
    public static async Task<PromotionJournal?> ReadAsync(IBucket bucket, AssetKey key, CancellationToken cancellationToken) =>
        await OwnDocuments.ReadAsync(bucket, key, cancellationToken) is { } read
            ? OwnDocuments.Parse(read.Content, PublisherJson.Default.PromotionJournal, key)
            : null;

    public async Task WriteAsync(IWritableBucket bucket, AssetKey key, CancellationToken cancellationToken) => await bucket.WriteAsync(
        key, JsonSerializer.SerializeToUtf8Bytes(this, PublisherJson.Default.PromotionJournal), Json, WriteCondition.None, cancellationToken);

    /// <summary>The digest of a file, if it is still the one that was checked.</summary>
    public string? FindDigest(string name, long length, EntityTag? tag) =>
        Files.FirstOrDefault(file => file.Name == name && file.Length == length && file.Tag == tag?.ToString())?.Sha256;
}
