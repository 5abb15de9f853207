using System.Globalization;
using System.Text.Json;
using ReleaseServer.Buckets;

namespace ReleaseServer.Releases;

/// <summary>Who changed what is published, when and how.</summary>
/// <param name="By">Who and from where, such as <c>deploy@build-3</c>.</param>
/// <param name="Command">Such as <c>promote v26.8.0</c>.</param>
/// <param name="Before">Generation that was published before.</param>
/// <param name="After">Generation that was published then.</param>
/// <param name="Purge">Number of the newest purge then.</param>
/// <param name="Detail">What else is worth knowing: names replaced, versions hidden; null for nothing.</param>
internal sealed record AuditLine(
    DateTimeOffset Time, string By, string Command, string? Reason, long Before, long After, long Purge, IReadOnlyList<string>? Detail = null);

/// <summary>One object for each change, <c>.release-server/audit/TIME-COMMAND.json</c>: no two writers touch the same one, and none is changed.</summary>
internal static class AuditLog
{
    public const string Prefix = AssetKey.ReservedPrefix + Folder;

    private const string Folder = "audit/";

    private static readonly ObjectAttributes Json = new("application/json");

    /// <summary>Writes a line. The same line written twice is there once.</summary>
    /// <exception cref="BucketUnavailableException">The bucket failed.</exception>
    public static async Task WriteAsync(IWritableBucket bucket, AuditLine line, CancellationToken cancellationToken)
    {
        var content = JsonSerializer.SerializeToUtf8Bytes(line, PublisherJson.Default.AuditLine);
        var command = new string([.. line.Command.Select(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' ? letter : '-')]);
        var time = line.Time.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'.'fffffff'Z'", CultureInfo.InvariantCulture);
        await bucket.WriteAsync(
            AssetKey.Own($"{Folder}{time}-{command[..Math.Min(command.Length, 60)]}.json"), content, Json, WriteCondition.IfAbsent, cancellationToken);
    }

    /// <summary>The newest lines, oldest of them first.</summary>
    /// <exception cref="BucketUnavailableException">The bucket failed.</exception>
    public static async Task<IReadOnlyList<AuditLine>> ReadAsync(IBucket bucket, int most, CancellationToken cancellationToken)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        await foreach (var entry in bucket.ListAsync(Prefix, ListDepth.All, cancellationToken))
        {
            names.Add(entry.Name[AssetKey.ReservedPrefix.Length..]);
            if (names.Count > most)
            {
                names.Remove(names.Min!);
            }
        }

        var lines = new List<AuditLine>();
        foreach (var key in names.Select(AssetKey.Own))
        {
            if (await OwnDocuments.ReadAsync(bucket, key, cancellationToken) is { } read)
            {
                lines.Add(OwnDocuments.Parse(read.Content, PublisherJson.Default.AuditLine, key));
            }
        }

        return lines;
    }
}
