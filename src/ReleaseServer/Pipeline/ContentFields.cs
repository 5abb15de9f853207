using Microsoft.Extensions.Primitives;

namespace ReleaseServer.Pipeline;

/// <summary>Says what content is, and that it is nothing else.</summary>
internal static class ContentFields
{
    private static readonly StringValues NoSniff = "nosniff";

    /// <summary>Sets the media type, and that no client may take the content for another one (Fetch standard, <c>X-Content-Type-Options</c>).</summary>
    public static void SetType(IHeaderDictionary headers, string type)
    {
        headers.ContentType = type;
        headers.XContentTypeOptions = NoSniff;
    }
}
