using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ReleaseServer.Listings;

/// <summary>What the catalog keeps of one directory: its objects with the dates that a listing of S3 does not give.</summary>
/// <param name="Format"><see cref="CurrentFormat"/>; another number is another document.</param>
/// <param name="Directory">Empty for the root, or ends in a slash.</param>
/// <param name="Modified">Newest date of any object beneath, markers and hidden ones included, links not followed; null where there is none.</param>
/// <param name="Files">Objects directly in the directory, hidden ones too.</param>
/// <param name="Directories">Sub-directories that hold objects, hidden ones too.</param>
/// <param name="Links">What the links of this directory led to when the document was written.</param>
/// <param name="Marker">The zero-byte object that stands for the directory, where there is one. It is no row.</param>
internal sealed record CatalogDocument(
    int Format,
    string Directory,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] DateTimeOffset? Modified,
    IReadOnlyList<CatalogFile> Files,
    IReadOnlyList<CatalogDirectory> Directories,
    IReadOnlyList<CatalogLink> Links,
    CatalogMarker? Marker = null)
{
    public const int CurrentFormat = 1;

    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Whether the directory exists by its objects; without any, only links can make it exist.</summary>
    [JsonIgnore]
    public bool HasObjects => Files.Count > 0 || Directories.Count > 0 || Marker is not null;

    /// <summary>Equal documents have equal bytes.</summary>
    public byte[] ToBytes()
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, Writing))
        {
            JsonSerializer.Serialize(writer, this, CatalogJsonContext.Default.CatalogDocument);
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <param name="directory">The directory that the document has to be of.</param>
    /// <exception cref="CatalogFormatException">Not JSON, not this format, an unknown or missing member, a name twice, another directory's document.</exception>
    public static CatalogDocument Parse(ReadOnlySpan<byte> json, string directory)
    {
        CatalogDocument? document;
        try
        {
            document = JsonSerializer.Deserialize(json, CatalogJsonContext.Default.CatalogDocument);
        }
        catch (JsonException exception)
        {
            throw new CatalogFormatException($"The catalog document of '{directory}' cannot be read: {exception.Message}", exception);
        }

        return document?.FindFault(directory) is { } fault
            ? throw new CatalogFormatException($"The catalog document of '{directory}' {fault}")
            : document ?? throw new CatalogFormatException($"The catalog document of '{directory}' is null");
    }

    private string? FindFault(string directory)
    {
        if (Format != CurrentFormat)
        {
            return string.Create(CultureInfo.InvariantCulture, $"has format {Format}, not {CurrentFormat}");
        }

        if (Directory != directory)
        {
            return $"is of '{Directory}'";
        }

        if (Files.Any(static file => file is null || !IsName(file.Name) || file.Size < 0)
            || Directories.Any(static directory => directory is null || !IsName(directory.Name))
            || Links.Any(static link => link is null || !IsName(link.Name) || link.Size < 0 || link.Size.HasValue == link.Directory))
        {
            return "has a row that names nothing";
        }

        return HasTwice(Files, static file => file.Name)
            || HasTwice(Directories, static directory => directory.Name)
            || HasTwice(Links, static link => link.Name)
            ? "has a name twice"
            : null;
    }

    private static bool HasTwice<T>(IReadOnlyList<T> rows, Func<T, string> name)
    {
        var seen = new HashSet<string>(rows.Count, StringComparer.Ordinal);
        return rows.Any(row => !seen.Add(name(row)));
    }

    private static bool IsName(string name) => name.Length > 0 && !name.Contains('/');
}

/// <param name="Size">Bytes.</param>
/// <param name="Etag">The entity tag as the bucket's listing gives it; null where it gives none.</param>
internal sealed record CatalogFile(string Name, long Size, DateTimeOffset Modified, string? Etag = null);

/// <param name="Modified">Newest date beneath.</param>
internal sealed record CatalogDirectory(string Name, DateTimeOffset Modified);

/// <summary>What a link led to; good for as long as a link of this name has this target.</summary>
/// <param name="Target">The key or directory it led to, all links followed; no closing slash.</param>
/// <param name="Directory">Whether the target is a directory.</param>
/// <param name="Modified">The target's date.</param>
/// <param name="Size">Bytes; null for a directory.</param>
internal sealed record CatalogLink(string Name, string Target, bool Directory, DateTimeOffset Modified, long? Size = null);

/// <param name="Etag">As <see cref="CatalogFile.Etag"/>.</param>
internal sealed record CatalogMarker(DateTimeOffset Modified, string? Etag = null);

[JsonSourceGenerationOptions(
    AllowDuplicateProperties = false,
    Converters = [typeof(CatalogDateConverter)],
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(CatalogDocument))]
internal sealed partial class CatalogJsonContext : JsonSerializerContext;

/// <summary>ISO 8601, UTC, milliseconds: <c>2026-08-05T14:03:00.000Z</c> and nothing else.</summary>
internal sealed class CatalogDateConverter : JsonConverter<DateTimeOffset>
{
    private const string Form = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String
        && DateTimeOffset.TryParseExact(reader.GetString(), Form, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)
            ? date
            : throw new JsonException($"A date must have the form {Form}");

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.UtcDateTime.ToString(Form, CultureInfo.InvariantCulture));
}
