using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ReleaseServer.Admin;

/// <summary>What <c>GET /site</c> tells: what is being served, and by which settings (secrets masked, null where not set).</summary>
/// <param name="SettingsHash">Equal on nodes that run by the same settings, secrets apart.</param>
/// <param name="SettingsDrift">What a start would find otherwise now; empty as a rule.</param>
internal sealed record SiteDescription(
    string Version,
    string Commit,
    long? Generation,
    DateTimeOffset? Published,
    string? Data,
    int Routes,
    int Links,
    bool Catalog,
    string SettingsHash,
    IReadOnlyList<string> SettingsDrift,
    IReadOnlyDictionary<string, string?> Settings);

[JsonSerializable(typeof(SiteDescription))]
[JsonSerializable(typeof(PurgeReport))]
[JsonSerializable(typeof(PurgeBody))]
[JsonSerializable(typeof(OriginDescription))]
[JsonSerializable(typeof(DownloadsDescription))]
[JsonSerializable(typeof(ShadowDescription))]
internal sealed partial class AdminJson : JsonSerializerContext
{
    /// <summary>For people at a terminal: indented, and nothing escaped that JSON itself does not demand, as HTML would.</summary>
    public static AdminJson Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
