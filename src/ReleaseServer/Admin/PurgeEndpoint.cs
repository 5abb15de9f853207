using System.Text.Json;
using Microsoft.Net.Http.Headers;
using ReleaseServer.Configuration;
using ReleaseServer.Releases;
using ReleaseServer.Site;

namespace ReleaseServer.Admin;

/// <summary>Answers <c>POST /purge</c>: asks for the token, reads the selectors, purges this node.</summary>
internal sealed class PurgeEndpoint(NodePurge purge, CurrentSite current, AdminOptions options)
{
    public async Task<IResult> AnswerAsync(HttpContext context)
    {
        if (options.Token is not { } token)
        {
            return Text("Purging at this address is not allowed: the setting Admin:Token is missing. The command purge needs none.\n", StatusCodes.Status403Forbidden);
        }

        if (!BearerToken.IsIn(context.Request, token))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return Text("The token of the setting Admin:Token must come as Authorization: Bearer TOKEN\n", StatusCodes.Status401Unauthorized);
        }

        var faults = new List<string>();
        PurgeRequest request;
        try
        {
            request = await ReadAsync(context.Request, faults, context.RequestAborted);
        }
        catch (BadHttpRequestException exception)
        {
            // Longer than Kestrel was told to read, or broken off.
            return Text(exception.Message + "\n", exception.StatusCode);
        }

        if (faults.Count > 0)
        {
            return Refuse(faults);
        }

        if (current.Snapshot is not { } site)
        {
            return Text("Nothing is served yet, so there is nothing to purge\n", StatusCodes.Status503ServiceUnavailable);
        }

        return purge.Purge(request, site, out var refused) is { } report ? Results.Json(report, AdminJson.Readable.PurgeReport) : Refuse(refused);
    }

    private static async Task<PurgeRequest> ReadAsync(HttpRequest request, List<string> faults, CancellationToken cancellationToken)
    {
        var body = await ReadBodyAsync(request, faults, cancellationToken) ?? new PurgeBody();
        var (paths, keys, tags) = (Texts("paths", body.Paths, faults), Texts("keys", body.Keys, faults), Texts("tags", body.Tags, faults));
        var (all, hard, dryRun) = (body.All, body.Hard, body.DryRun);
        foreach (var (name, values) in request.Query)
        {
            switch (name)
            {
                case "path":
                    paths.AddRange(values!);
                    break;
                case "key":
                    keys.AddRange(values!);
                    break;
                case "tag":
                    tags.AddRange(values!);
                    break;
                case "all":
                    all |= Flag(name, values!, faults);
                    break;
                case "hard":
                    hard |= Flag(name, values!, faults);
                    break;
                case "dryRun":
                    dryRun |= Flag(name, values!, faults);
                    break;
                default:
                    faults.Add($"{SettingFault.Quote(name)} is not known here; known are path, key, tag, all, hard, dryRun");
                    break;
            }
        }

        return new PurgeRequest { Paths = paths, Keys = keys, Tags = tags, All = all, IsHard = hard, DryRun = dryRun };
    }

    private static async Task<PurgeBody?> ReadBodyAsync(HttpRequest request, List<string> faults, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        await request.Body.CopyToAsync(content, cancellationToken);
        if (content.Length == 0)
        {
            return null;
        }

        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || !type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase))
        {
            faults.Add("The content must be JSON, and say so: Content-Type: application/json");
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(content.ToArray(), AdminJson.Readable.PurgeBody);
        }
        catch (JsonException exception)
        {
            faults.Add("The content is not what is expected: " + exception.Message);
            return null;
        }
    }

    private static List<string> Texts(string name, IReadOnlyList<string?>? texts, List<string> faults)
    {
        if (texts?.Contains(null) == true)
        {
            faults.Add($"{name} must hold texts only");
        }

        return [.. texts?.OfType<string>() ?? []];
    }

    private static bool Flag(string name, IReadOnlyList<string> values, List<string> faults)
    {
        if (values is [{ } value] && bool.TryParse(value, out var flag))
        {
            return flag;
        }

        faults.Add($"{name} must be true or false, once");
        return false;
    }

    private static IResult Refuse(IEnumerable<string> faults) =>
        Text(string.Concat(faults.Select(static fault => fault + "\n")) + "Nothing was purged\n", StatusCodes.Status400BadRequest);

    private static IResult Text(string text, int status) => Results.Text(text, statusCode: status);
}
