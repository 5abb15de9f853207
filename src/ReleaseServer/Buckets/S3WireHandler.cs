namespace ReleaseServer.Buckets;

/// <summary>Stands between the SDK and the wire, for what the SDK has no setting for.</summary>
/// <remarks>
/// <para>
/// The SDK takes the entity tag of a GET for an MD5 and hashes the body against it: a tag that is not hexadecimal makes it throw before
/// the first byte, one that is no MD5 (encrypted objects, other vendors) after the last. The tag is carried past it as metadata.
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
    public const string EntityTagMetadata = "x-amz-meta-release-server-entity-tag";

    /// <summary>Metadata under which the list of content codings arrives, as it was sent.</summary>
    public const string ContentEncodingMetadata = "x-amz-meta-release-server-content-encoding";

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.ExpectContinue = false;
        var response = await base.SendAsync(request, cancellationToken);
        response.Headers.Remove(ContentEncodingMetadata);
        if (response.Content.Headers.NonValidated.TryGetValues("Content-Encoding", out var codings))
        {
            response.Headers.TryAddWithoutValidation(ContentEncodingMetadata, codings.ToString());
        }

        if (request.Method == HttpMethod.Get)
        {
            response.Headers.Remove(EntityTagMetadata);
            if (response.Headers.NonValidated.TryGetValues("ETag", out var tag))
            {
                var text = tag.ToString();
                response.Headers.Remove("ETag");
                response.Headers.TryAddWithoutValidation(EntityTagMetadata, text);
            }
        }

        return response;
    }
}
