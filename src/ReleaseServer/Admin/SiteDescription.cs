using System.Text.Json.Serialization;

namespace ReleaseServer.Admin;

/// <summary>What <c>GET /site</c> tells: what is being served, and by which settings (secrets masked).</summary>
internal sealed record SiteDescription(
    string Version,
    long? Generation,
    DateTimeOffset? Published,
    string? Data,
    int Routes,
    int Links,
    bool Catalog,
    IReadOnlyDictionary<string, string> Settings);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(SiteDescription))]
internal sealed partial class AdminJson : JsonSerializerContext;
