using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using ReleaseServer.Buckets;

namespace ReleaseServer.Releases;

/// <summary>Reads documents that only commands write and read: the lease, journals, audit lines.</summary>
internal static class OwnDocuments
{
    private const long MaxBytes = 64 << 20;

    /// <summary>All bytes of an object; null where it is not there.</summary>
    /// <exception cref="BucketUnavailableException">The bucket failed, or the object is too long to be such a document.</exception>
    public static Task<StoredDocument?> ReadAsync(IBucket bucket, AssetKey key, CancellationToken cancellationToken) =>
        StoredDocument.ReadAsync(bucket, key, MaxBytes, "what commands write", cancellationToken);

    /// <exception cref="BucketUnavailableException">It is not what these commands write.</exception>
    public static T Parse<T>(ReadOnlyMemory<byte> content, JsonTypeInfo<T> type, AssetKey key)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(content.Span, type) ?? throw new JsonException("it is null");
        }
        catch (JsonException exception)
        {
            throw new BucketUnavailableException($"{key} cannot be read; delete it if nobody is at work: {exception.Message}", exception);
        }
    }
}

[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(LeaseDocument))]
[JsonSerializable(typeof(PromotionJournal))]
[JsonSerializable(typeof(AuditLine))]
internal sealed partial class PublisherJson : JsonSerializerContext;
