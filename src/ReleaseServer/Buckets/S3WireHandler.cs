using System.Net.Http.Headers;

namespace ReleaseServer.Buckets;

/// <summary>Stands between the SDK and the wire, for what the SDK has no setting for.</summary>
/// <remarks>
/// <para>
/// The SDK takes the entity tag of a GET for an MD5 and hashes the body against it: a tag that is not hexadecimal makes it throw before
/// the first byte, one that is no MD5 (encrypted objects, other vendors) after the last. The tag is carried past it as metadata.
/// </para>
/// <para>
/// It hashes it against checksums as well, of which it knows some. They, and what tells whether a tag is an MD5, are carried past it.
/// </para>
/// <para>
/// Of a list of content codings it gives the first alone, so the whole list is carried past it likewise.
/// </para>
/// <para>
/// It also sends each PUT with <c>Expect: 100-continue</c>; Ceph 16 that refuses such a PUT leaves its body in the connection, and the
/// next request on it fails.
/// </para>
/// </remarks>
internal sealed class S3WireHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <summary>Metadata under which the entity tag of a GET arrives, as it was sent.</summary>
    public const string EntityTagMetadata = CarriedPrefix + "etag";

    /// <summary>Metadata under which the list of content codings arrives, as it was sent.</summary>
    public const string ContentEncodingMetadata = CarriedPrefix + "content-encoding";

    /// <summary>Fields about digests: of how many bytes they are, and whether the entity tag is one.</summary>
    public const string ChecksumTypeField = "x-amz-checksum-type";
    public const string EncryptionField = "x-amz-server-side-encryption";
    public const string CustomerEncryptionField = "x-amz-server-side-encryption-customer-algorithm";

    private const string CarriedPrefix = "x-amz-meta-release-server-";
    private const string ChecksumPrefix = "x-amz-checksum-";

    /// <summary>The field with the store's own checksum; null for an algorithm that stores do not have.</summary>
    public static string? ChecksumField(DigestAlgorithm algorithm) => algorithm switch
    {
        DigestAlgorithm.Sha256 => ChecksumPrefix + "sha256",
        DigestAlgorithm.Sha1 => ChecksumPrefix + "sha1",
        DigestAlgorithm.Crc64Nvme => ChecksumPrefix + "crc64nvme",
        DigestAlgorithm.Crc32C => ChecksumPrefix + "crc32c",
        DigestAlgorithm.Crc32 => ChecksumPrefix + "crc32",
        _ => null,
    };

    /// <summary>Metadata under which a field <c>x-amz-...</c> arrives that is kept from the SDK.</summary>
    public static string CarriedAs(string field) => CarriedPrefix + field["x-amz-".Length..];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.ExpectContinue = false;
        var response = await base.SendAsync(request, cancellationToken);
        var fields = response.Headers;
        foreach (var name in fields.NonValidated.Select(static field => field.Key).Where(IsCarried).ToList())
        {
            // What comes by such a name from outside is not ours.
            fields.Remove(name);
        }

        if (response.Content.Headers.NonValidated.TryGetValues("Content-Encoding", out var codings))
        {
            fields.TryAddWithoutValidation(ContentEncodingMetadata, codings.ToString());
        }

        foreach (var name in fields.NonValidated.Select(static field => field.Key).Where(IsOfDigests).ToList())
        {
            Carry(fields, name, CarriedAs(name));
        }

        if (request.Method == HttpMethod.Get)
        {
            Carry(fields, "ETag", EntityTagMetadata);
        }

        return response;
    }

    private static bool IsCarried(string field) => field.StartsWith(CarriedPrefix, StringComparison.OrdinalIgnoreCase);

    private static bool IsOfDigests(string field) =>
        field.StartsWith(ChecksumPrefix, StringComparison.OrdinalIgnoreCase)
        || field.Equals(EncryptionField, StringComparison.OrdinalIgnoreCase)
        || field.Equals(CustomerEncryptionField, StringComparison.OrdinalIgnoreCase);

    private static void Carry(HttpResponseHeaders fields, string name, string carriedAs)
    {
        if (fields.NonValidated.TryGetValues(name, out var value))
        {
            var text = value.ToString();
            fields.Remove(name);
            fields.TryAddWithoutValidation(carriedAs, text);
        }
    }
}
