using System.Net;
using System.Runtime.CompilerServices;
using Amazon.S3;
using Amazon.S3.Model;

namespace ReleaseServer.Buckets;

/// <summary>Lists an S3 bucket page by page (ListObjectsV2).</summary>
internal sealed class S3Listing(S3Attempt attempt, string bucket)
{
    // The most that S3 gives at once.
    private const int PageSize = 1000;

    public async ValueTask<bool> AnyAsync(string prefix, CancellationToken cancellationToken)
    {
        var page = await ReadPageAsync(prefix, ListDepth.All, token: null, pageSize: 1, cancellationToken);
        return page.S3Objects is { Count: > 0 };
    }

    public async IAsyncEnumerable<BucketEntry> ListAsync(
        string prefix,
        ListDepth depth,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        string? token = null;
        do
        {
            var page = await ReadPageAsync(prefix, depth, token, PageSize, cancellationToken);
            foreach (var item in page.S3Objects ?? [])
            {
                var modified = new DateTimeOffset(DateTime.SpecifyKind(item.LastModified!.Value, DateTimeKind.Utc));
                var length = item.Size!.Value;
                var tag = S3ObjectMetadata.ReadTag(item.ETag) ?? S3ObjectMetadata.MakeTag(modified, length);
                yield return new BucketEntry(Decode(page, item.Key), false, length, modified, tag);
            }

            foreach (var common in page.CommonPrefixes ?? [])
            {
                yield return BucketEntry.Prefix(Decode(page, common));
            }

            token = page.IsTruncated == true ? page.NextContinuationToken : null;
            if (page.IsTruncated == true && (string.IsNullOrEmpty(token) || !seen.Add(token)))
            {
                throw attempt.Unavailable(prefix, "gave a page of a listing that leads to no next one", BucketFault.Garbage);
            }
        }
        while (token is not null);
    }

    // The SDK leaves the decoding to its caller. Stores write a space as + (AWS) or %20 (Ceph), and a plus always as %2B.
    private static string Decode(ListObjectsV2Response page, string name) => page.Encoding == EncodingType.Url ? WebUtility.UrlDecode(name) : name;

    private async ValueTask<ListObjectsV2Response> ReadPageAsync(
        string prefix,
        ListDepth depth,
        string? token,
        int pageSize,
        CancellationToken cancellationToken)
    {
        var request = new ListObjectsV2Request
        {
            BucketName = bucket,
            Prefix = prefix,
            Delimiter = depth == ListDepth.Children ? "/" : null,
            ContinuationToken = token,
            MaxKeys = pageSize,
            // XML cannot carry control characters, keys can.
            Encoding = EncodingType.Url,
        };
        var answer = await attempt.SendAsync(
            static (client, request, token) => client.ListObjectsV2Async(request, token),
            request,
            prefix,
            cancellationToken);
        if (answer.Response is not { } page)
        {
            throw attempt.Unavailable(prefix, answer);
        }

        // Any XML will do for the SDK: a proxy's page of HTML is an empty listing to it.
        if (page.IsTruncated is null || (page.S3Objects ?? []).Exists(static item => item.Key is null || item.Size is null || item.LastModified is null))
        {
            throw attempt.Unavailable(prefix, "sent a page of a listing that is none", BucketFault.Garbage);
        }

        return page;
    }
}
