using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Pipeline;

/// <summary>The form of an object that this request selects: its fields and content coding (RFC 9110 §3.2).</summary>
internal readonly record struct SelectedAsset(AssetFields Fields, ContentCoding Coding)
{
    public RepresentationMetadata Metadata => Fields.Metadata;

    public Validators Validators => Fields.Validators;

    /// <summary>Sets the fields that 200, 206 and 304 share.</summary>
    public void SetSharedFields(HttpContext context)
    {
        Fields.SetShared(context.Response.Headers, Coding);
        CacheFields.Set(context, Metadata.CacheUse);
    }

    /// <summary>Sets the fields that describe the content itself.</summary>
    public void SetContentFields(HttpContext context) => Fields.SetContent(context.Response.Headers, Coding);

    /// <summary>Sets the fields of an answer that refuses this asset: 412, 416.</summary>
    public void SetRefusalFields(HttpContext context)
    {
        Fields.SurrogateKeys.Set(context.Response.Headers);
        CacheFields.Set(context, Metadata.CacheUse);
    }
}
