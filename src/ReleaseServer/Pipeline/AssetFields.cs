using Microsoft.Extensions.Primitives;
using ReleaseServer.Buckets;
using ReleaseServer.Http;
using ReleaseServer.Site;

namespace ReleaseServer.Pipeline;

/// <summary>The fields of every answer that one version of an object gives at one path, ready to send. Immutable.</summary>
internal sealed class AssetFields
{
    /// <summary>Below this many bytes a coding gains nothing; nginx's default.</summary>
    private const int SmallestEncoded = 20;

    private readonly StringValues _entityTag;
    private readonly StringValues _weakEntityTag;
    private readonly StringValues _lastModified;
    private readonly ExtraField[] _siteFields;
    private readonly string _cacheControl;

    public AssetFields(AssetRequest request, AssetKey key, RepresentationMetadata metadata, SurrogateKeys surrogateKeys)
    {
        Metadata = metadata;
        SurrogateKeys = surrogateKeys;
        ContentType = metadata.ContentType ?? request.Site.Data.MediaTypes.Of(key.Value);
        IsNegotiable = metadata.ContentEncoding is null && metadata.Length >= SmallestEncoded
            && request.Site.Data.MediaTypes.IsCompressible(ContentType);
        Validators = new Validators(metadata.EntityTag, HttpDate.ToWholeSeconds(metadata.Modified));
        _entityTag = metadata.EntityTag.ToString();
        _weakEntityTag = IsNegotiable ? metadata.EntityTag.AsWeak().ToString() : _entityTag;
        _lastModified = HttpDate.Format(metadata.Modified);
        _cacheControl = request.CacheControl;
        _siteFields = request.SiteFields();
    }

    public RepresentationMetadata Metadata { get; }

    public SurrogateKeys SurrogateKeys { get; }

    public string ContentType { get; }

    /// <summary>Whether another client might get another content coding.</summary>
    public bool IsNegotiable { get; }

    /// <summary>What the client's conditions are held against: the stored object, whose tag differs from the coded form's only by its mark.</summary>
    public Validators Validators { get; }

    /// <summary>The content coding that a request gets.</summary>
    public ContentCoding Choose(HttpRequest request)
    {
        // Byte ranges count in the stored form, so a request with one gets that form whatever else it accepts. HEAD has no ranges (RFC 9110 §14.2).
        var isRanged = request.Headers.Range.Count > 0 && request.Method == HttpMethods.Get;
        return IsNegotiable && !isRanged ? ContentCodings.Choose(request) : ContentCoding.Identity;
    }

    /// <summary>Sets the fields that 200, 206 and 304 share (RFC 9110 §15.4.5).</summary>
    public void SetShared(IHeaderDictionary headers, ContentCoding coding)
    {
        headers.ETag = coding == ContentCoding.Identity ? _entityTag : _weakEntityTag;
        headers.LastModified = _lastModified;
        headers.CacheControl = _cacheControl;
        ExtraField.Set(headers, _siteFields);
        if (IsNegotiable)
        {
            headers.Vary = "Accept-Encoding";
        }

        SurrogateKeys.Set(headers);
    }

    /// <summary>Sets the fields that describe the content itself.</summary>
    public void SetContent(IHeaderDictionary headers, ContentCoding coding)
    {
        ContentFields.SetType(headers, ContentType);
        if (coding != ContentCoding.Identity)
        {
            headers.ContentEncoding = ContentCodings.NameOf(coding);
            return;
        }

        headers.AcceptRanges = "bytes";
        if (Metadata.ContentEncoding is { } stored)
        {
            headers.ContentEncoding = stored;
        }
    }
}
