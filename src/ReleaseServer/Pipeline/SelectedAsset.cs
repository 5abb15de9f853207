using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Pipeline;

/// <summary>The form of an object that this request selects: its metadata, media type and content coding (RFC 9110 §3.2).</summary>
internal readonly record struct SelectedAsset(RepresentationMetadata Metadata, string ContentType, bool IsNegotiable, ContentCoding Coding)
{
    /// <summary>Below this many bytes a coding gains nothing; nginx's default.</summary>
    private const int SmallestEncoded = 20;

    /// <summary>What the client's conditions are held against: the stored object, whose tag differs from the coded form's only by its mark.</summary>
    public Validators Validators => new(Metadata.EntityTag, HttpDate.ToWholeSeconds(Metadata.Modified));

    public static SelectedAsset Select(HttpContext context, AssetRequest request, AssetKey key, RepresentationMetadata metadata)
    {
        var contentType = metadata.ContentType ?? request.Site.Data.MediaTypes.Of(key.Value);
        var isNegotiable = metadata.ContentEncoding is null && metadata.Length >= SmallestEncoded
            && request.Site.Data.MediaTypes.IsCompressible(contentType);

        // Byte ranges count in the stored form, so a request with one gets that form whatever else it accepts. HEAD has no ranges (RFC 9110 §14.2).
        var isRanged = context.Request.Headers.Range.Count > 0 && context.Request.Method == HttpMethods.Get;
        var coding = isNegotiable && !isRanged ? ContentCodings.Choose(context.Request) : ContentCoding.Identity;
        return new SelectedAsset(metadata, contentType, isNegotiable, coding);
    }

    /// <summary>Sets the fields that 200, 206 and 304 share (RFC 9110 §15.4.5).</summary>
    public void SetSharedFields(HttpContext context, AssetRequest request)
    {
        var headers = context.Response.Headers;
        var tag = Coding == ContentCoding.Identity ? Metadata.EntityTag : Metadata.EntityTag.AsWeak();
        headers.ETag = tag.ToString();
        headers.LastModified = HttpDate.Format(Metadata.Modified);
        headers.CacheControl = request.Route.CacheControl;
        Answers.AddSiteFields(context, request);
        if (IsNegotiable)
        {
            headers.Vary = "Accept-Encoding";
        }
    }

    /// <summary>Sets the fields that describe the content itself.</summary>
    public void SetContentFields(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.ContentType = ContentType;
        if (Coding != ContentCoding.Identity)
        {
            headers.ContentEncoding = ContentCodings.NameOf(Coding);
            return;
        }

        headers.AcceptRanges = "bytes";
        if (Metadata.ContentEncoding is { } stored)
        {
            headers.ContentEncoding = stored;
        }
    }
}
