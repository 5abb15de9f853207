using System.Globalization;

namespace ReleaseServer.Testing.S3;

/// <summary>Copies and multipart uploads of <see cref="S3Stub"/>, which holds its lock around each call.</summary>
internal sealed class StubTransfers
{
    private readonly Dictionary<string, (StubCall Begun, SortedDictionary<int, byte[]> Parts)> _uploads = [];
    private int _number;

    public int Count => _uploads.Count;

    /// <returns>Null for a call that is neither.</returns>
    public (int Status, string Text, string? EntityTag)? Answer(
        StubCall call,
        byte[] content,
        SortedDictionary<string, StubObject> bucket,
        Dictionary<string, SortedDictionary<string, StubObject>> buckets,
        Func<StubCall, byte[], StubObject> store)
    {
        if (call.Method == "POST" && call.Query.ContainsKey("uploads"))
        {
            var id = $"upload-{_number++}";
            _uploads.Add(id, (call, []));
            return (200, $"<InitiateMultipartUploadResult><Bucket>{call.Bucket}</Bucket><Key>x</Key><UploadId>{id}</UploadId></InitiateMultipartUploadResult>", null);
        }

        if (call.Fields.TryGetValue("x-amz-copy-source", out var name))
        {
            if (Source(name, buckets) is not { } source)
            {
                return Error(404, "NoSuchKey");
            }

            if (call.Fields.TryGetValue("x-amz-copy-source-if-match", out var tag) && tag != source.EntityTag)
            {
                return Error(412, "PreconditionFailed");
            }

            content = source.Content!;
        }

        if (call.Query.TryGetValue("uploadId", out var uploadId))
        {
            return _uploads.TryGetValue(uploadId, out var upload) ? Continue(call, uploadId, upload, content, bucket, store) : Error(404, "NoSuchUpload");
        }

        if (name is null)
        {
            return null;
        }

        bucket[call.Key] = store(call, content);
        return (200, $"<CopyObjectResult><ETag>{bucket[call.Key].EntityTag}</ETag></CopyObjectResult>", null);
    }

    private (int Status, string Text, string? EntityTag) Continue(
        StubCall call,
        string id,
        (StubCall Begun, SortedDictionary<int, byte[]> Parts) upload,
        byte[] content,
        SortedDictionary<string, StubObject> bucket,
        Func<StubCall, byte[], StubObject> store)
    {
        switch (call.Method)
        {
            case "PUT":
                if (call.Fields.TryGetValue("x-amz-copy-source-range", out var range))
                {
                    var ends = range["bytes=".Length..].Split('-').Select(static end => int.Parse(end, CultureInfo.InvariantCulture)).ToArray();
                    content = content[ends[0]..(ends[1] + 1)];
                }

                upload.Parts[int.Parse(call.Query["partNumber"], CultureInfo.InvariantCulture)] = content;
                var tag = StubObject.Of(content).EntityTag;
                return (200, $"<CopyPartResult><ETag>{tag}</ETag></CopyPartResult>", tag);

            case "POST":
                byte[] whole = [.. upload.Parts.Values.SelectMany(static part => part)];
                bucket[call.Key] = store(upload.Begun, whole) with { EntityTag = $"\"{StubObject.Of(whole).EntityTag.Trim('"')}-{upload.Parts.Count}\"" };
                _uploads.Remove(id);
                return (200, $"<CompleteMultipartUploadResult><ETag>{bucket[call.Key].EntityTag}</ETag></CompleteMultipartUploadResult>", null);

            default:
                _uploads.Remove(id);
                return (204, string.Empty, null);
        }
    }

    private static StubObject? Source(string name, Dictionary<string, SortedDictionary<string, StubObject>> buckets)
    {
        var path = Uri.UnescapeDataString(name).TrimStart('/').Split('/', 2);
        return buckets.GetValueOrDefault(path[0])?.GetValueOrDefault(path[1]);
    }

    private static (int Status, string Text, string? EntityTag) Error(int status, string code) => (status, $"<Error><Code>{code}</Code><Message>As the stub was told.</Message></Error>", null);
}
