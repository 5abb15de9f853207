using System.Text.Json;
using ReleaseServer.Configuration;
using ReleaseServer.Status;

namespace ReleaseServer.Admin;

/// <summary>Answers <c>GET /status</c>, <c>GET /status.json</c> and <c>POST /status/notes</c>.</summary>
internal sealed class StatusEndpoint(StatusProber prober, AdminOptions options)
{
    public IResult Page() => Results.Bytes(prober.WritePage(), "text/html; charset=utf-8");

    public IResult Json() => Results.Bytes(prober.WriteJson(), "application/json");

    public async Task<IResult> AddNoteAsync(HttpContext context)
    {
        if (options.Token is not { } token)
        {
            return Text("Notes at this address are not allowed: the setting Admin:Token is missing\n", StatusCodes.Status403Forbidden);
        }

        if (!BearerToken.IsIn(context.Request, token))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return Text("The token of the setting Admin:Token must come as Authorization: Bearer TOKEN\n", StatusCodes.Status401Unauthorized);
        }

        try
        {
            var body = await JsonSerializer.DeserializeAsync(context.Request.Body, StatusJson.Readable.StatusNoteBody, context.RequestAborted);
            if (body?.Text is not { Length: > 0 and <= StatusHistory.LongestNote } text)
            {
                return Text($"The text must be 1 to {StatusHistory.LongestNote} characters\n", StatusCodes.Status400BadRequest);
            }

            return prober.AddNote(PrintableText.Of(text), body.Component)
                ? Text("noted\n", StatusCodes.Status200OK)
                : Text($"There has been no incident of {SettingFault.Quote(body.Component!)}; without a component, a note stands by itself\n", StatusCodes.Status400BadRequest);
        }
        catch (Exception exception) when (exception is JsonException or BadHttpRequestException)
        {
            return Text("The content must be JSON such as { \"text\": \"We are looking into it.\", \"component\": \"bucket\" }\n", StatusCodes.Status400BadRequest);
        }
    }

    private static IResult Text(string text, int status) => Results.Text(text, statusCode: status);
}
