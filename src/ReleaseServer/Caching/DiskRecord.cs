using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Caching;

/// <summary>One line of the disk tier's index: what became of a file, or how far the purge log was applied.</summary>
/// <param name="File">Name of the file; null for a line about the purge log.</param>
/// <param name="Key">Bucket key; null for a file that is gone.</param>
/// <param name="Validated">When the bucket vouched for it last.</param>
/// <param name="IsPurged">Whether a purge has ended its freshness since.</param>
/// <param name="Sha256">Of the file's bytes, in hexadecimal.</param>
/// <param name="Purge">Number of the last purge that was applied; null for a line about a file.</param>
internal sealed record DiskRecord(
    string? File,
    string? Key = null,
    long Length = 0,
    string? Tag = null,
    bool IsWeak = false,
    DateTimeOffset Modified = default,
    string? ContentType = null,
    string? ContentEncoding = null,
    DateTimeOffset Validated = default,
    bool IsPurged = false,
    string? Sha256 = null,
    long? Purge = null)
{
    private const int ChecksumLength = 8;

    [JsonIgnore]
    public RepresentationMetadata Metadata => new(Length, new EntityTag(Tag!, IsWeak), Modified, ContentType, ContentEncoding);

    public static DiskRecord Of(string file, AssetKey key, RepresentationMetadata metadata, string sha256, DateTimeOffset validated) => new(
        file,
        key.Value,
        metadata.Length,
        metadata.EntityTag.Opaque,
        metadata.EntityTag.IsWeak,
        metadata.Modified,
        metadata.ContentType,
        metadata.ContentEncoding,
        validated,
        Sha256: sha256);

    /// <summary>A line with its checksum in front: a line that was torn, or damaged on the disk, must not pass for another.</summary>
    public byte[] ToLine()
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(this, DiskRecordJson.Default.DiskRecord);
        return [.. Encoding.ASCII.GetBytes(Checksum(json).ToString("x8", CultureInfo.InvariantCulture)), .. json, (byte)'\n'];
    }

    /// <summary>Null for a line that is not as it was written.</summary>
    /// <param name="line">Without its line feed.</param>
    public static DiskRecord? Read(ReadOnlySpan<byte> line)
    {
        if (line.Length <= ChecksumLength
            || !uint.TryParse(line[..ChecksumLength], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var checksum)
            || checksum != Checksum(line[ChecksumLength..]))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(line[ChecksumLength..], DiskRecordJson.Default.DiskRecord);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(DiskRecord))]
internal sealed partial class DiskRecordJson : JsonSerializerContext;
