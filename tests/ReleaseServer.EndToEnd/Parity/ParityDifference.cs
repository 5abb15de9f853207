using System.Text.Json;

namespace ReleaseServer.EndToEnd.Parity;

/// <summary>A row of <c>differences.json</c>: where the server answers other than nginx on purpose. Its reason is in <c>docs/parity.md</c>.</summary>
/// <param name="Id">Names it, in the requests and in the docs.</param>
/// <param name="When">Where it holds without being named: a kind of nginx's answer (see <see cref="Observation.Kinds"/>); null for nowhere.</param>
/// <param name="Expect">
/// What the server answers instead, by the names of <see cref="Observation"/>; null for an absent field, <c>*</c> for anything,
/// <c>^</c> in front for a beginning, <c>?</c> in front for that or nothing.
/// </param>
internal sealed record ParityDifference(string Id, string? When, Dictionary<string, string?> Expect)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static ParityDifference[] Load() =>
        JsonSerializer.Deserialize<ParityDifference[]>(
            File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Parity", "differences.json")), Json)!;

    /// <summary>Whether it holds for a request.</summary>
    public bool Applies(ParityRequest request, RawResponse nginx) =>
        request.Differences.Contains(Id) || (When is not null && Observation.Kinds(request, nginx).Contains(When));

    /// <summary>Whether a value is the expected one.</summary>
    public static bool Allows(string? expected, string? actual) => expected switch
    {
        "*" => true,
        ['^', .. var beginning] => actual?.StartsWith(beginning, StringComparison.Ordinal) ?? false,
        ['?', .. var optional] => actual is null || actual == optional,
        _ => expected == actual,
    };
}
