using System.Security.Cryptography;
using Microsoft.Extensions.Primitives;
using ReleaseServer.Caching;
using ReleaseServer.Http;
using ReleaseServer.Listings;
using ReleaseServer.Site;

namespace ReleaseServer.Pipeline;

/// <summary>A directory's page as it is sent, with its fields. Immutable but for its freshness.</summary>
internal sealed class RenderedListing : Resident
{
    /// <summary>What it takes beside its bytes: fields, places in tables, the coding that is being made. Measured, rounded up.</summary>
    private const int Overhead = 1024;

    private readonly Action<RenderedListing> _onEvicted;
    private readonly ExtraField[] _siteFields;
    private readonly StringValues _entityTag;
    private readonly StringValues _lastModified;
    private readonly string _cacheControl;

    /// <param name="request">The first that asked for it.</param>
    /// <param name="freshness">Null where no cache keeps it.</param>
    /// <param name="onEvicted">Takes it out of the table.</param>
    public RenderedListing(
        AssetRequest request, bool isJson, DirectoryListing listing, SurrogateKeys surrogateKeys, Freshness? freshness, Action<RenderedListing> onEvicted)
    {
        _onEvicted = onEvicted;
        Path = request.Path;
        IsJson = isJson;
        Site = request.Site;
        SurrogateKeys = surrogateKeys;
        Freshness = freshness;
        Id = (isJson ? "json " : "html ") + request.Path;
        Body = new MemoryBody(isJson ? ListingJson.ToBytes(listing) : ListingHtml.ToBytes(request.Path, listing));
        EntityTag = TagOf(Body.Bytes.Span);
        Validators = new Validators(EntityTag, listing.LastModified);
        _entityTag = EntityTag.ToString();
        _lastModified = listing.LastModified is { } newest ? HttpDate.Format(newest) : StringValues.Empty;
        _cacheControl = request.CacheControl;
        _siteFields = request.SiteFields();
        Cost = Overhead + (4 * Path.Length) + Body.Length;
    }

    public override string Id { get; }

    public override long Cost { get; }

    /// <summary>The path asked for, which the HTML shows.</summary>
    public string Path { get; }

    public bool IsJson { get; }

    /// <summary>What it was rendered by; of no use for requests that go by another.</summary>
    public SiteSnapshot Site { get; }

    /// <summary>Null where no cache keeps it.</summary>
    public Freshness? Freshness { get; }

    public MemoryBody Body { get; }

    public EntityTag EntityTag { get; }

    public Validators Validators { get; }

    public SurrogateKeys SurrogateKeys { get; }

    /// <summary>Sets the fields that 200 and 304 share (RFC 9110 §15.4.5).</summary>
    public void SetShared(IHeaderDictionary headers)
    {
        headers.ETag = _entityTag;
        headers.LastModified = _lastModified;
        headers.CacheControl = _cacheControl;
        ExtraField.Set(headers, _siteFields);

        // The HTML names only the coding it was negotiated by: docs/parity.md says why.
        headers.Vary = IsJson ? "Accept, Accept-Encoding" : "Accept-Encoding";
        SurrogateKeys.Set(headers);
    }

    /// <summary>Sets the fields that describe the content itself.</summary>
    public void SetContent(IHeaderDictionary headers, ContentCoding coding)
    {
        ContentFields.SetType(headers, IsJson ? "application/json" : "text/html");
        if (coding != ContentCoding.Identity)
        {
            headers.ContentEncoding = ContentCodings.NameOf(coding);
        }
    }

    protected internal override void OnEvicted() => _onEvicted(this);

    // The date alone does not tell that an old entry went or came. Weak, for the codings of a page share it.
    private static EntityTag TagOf(ReadOnlySpan<byte> page) => new($"\"{Convert.ToHexStringLower(SHA256.HashData(page))[..16]}\"", IsWeak: true);
}
