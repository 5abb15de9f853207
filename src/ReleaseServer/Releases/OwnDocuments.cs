using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Releases;

/// <summary>Reads documents that only commands write and read: the lease, journals, audit lines.</summary>
internal static class OwnDocuments
{
    private const long MaxBytes = 64 << 20;

    /// <summary>All bytes of an object; null where it is not there.</summary>
    /// <exception cref="BucketUnavailableException">The bucket failed, or the object is too long to be such a document.</exception>
    public static async Task<(ReadOnlyMemory<byte> Content, EntityTag Tag)?> ReadAsync(IBucket bucket, AssetKey key, CancellationToken cancellationToken)
    {
        await using var opened = await bucket.OpenAsync(key, range: null, expected: null, cancellationToken);
        if (opened is null)
        {
            return null;
        }

        if (opened.Metadata.Length > MaxBytes)
        {
            throw new BucketUnavailableException($"{key} in {bucket.Description} has {opened.Metadata.Length:N0} bytes, which is too many");
        }

        var content = new byte[opened.Metadata.Length];
        await opened.Body.ReadExactlyAsync(content, cancellationToken);
        return (content, opened.Metadata.EntityTag);
    }

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
