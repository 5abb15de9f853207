using ReleaseServer.Configuration;
using ReleaseServer.Origin;

namespace ReleaseServer.Admin;

/// <summary>Answers <c>GET /origin</c> and <c>POST /origin/order</c>: how the origins are, and who is asked first.</summary>
internal sealed class OriginEndpoint(OriginServers servers, OriginSwitch order, AdminOptions options)
{
    public IResult Describe() => Results.Json(
        new OriginDescription(SettingValue.Format(order.Order), [.. servers.All.Select(Describe)]), AdminJson.Readable.OriginDescription);

    public IResult Switch(HttpContext context)
    {
        if (options.Token is not { } token)
        {
            return Text("Switching at this address is not allowed: the setting Admin:Token is missing\n", StatusCodes.Status403Forbidden);
        }

        if (!BearerToken.IsIn(context.Request, token))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return Text("The token of the setting Admin:Token must come as Authorization: Bearer TOKEN\n", StatusCodes.Status401Unauthorized);
        }

        var query = context.Request.Query;
        if (query.Count != 1 || query["value"] is not [{ } text] || SettingValue.Named(typeof(OriginOrder), text) is not OriginOrder wanted)
        {
            return Text("The query must be value=bucket-first, value=origin-first or value=off\nNothing was changed\n", StatusCodes.Status400BadRequest);
        }

        if (!order.HasOrigins)
        {
            return Text("There is no origin: the setting Origin:Urls is empty\nNothing was changed\n", StatusCodes.Status409Conflict);
        }

        var before = servers.Switch(wanted);
        return Text($"{SettingValue.Format(wanted)}, was {SettingValue.Format(before)}\n", StatusCodes.Status200OK);
    }

    private static OriginServerDescription Describe(OriginServer server)
    {
        var (isOpen, since, trouble) = server.Health.Describe();
        return new OriginServerDescription(server.Address, isOpen ? "open" : "closed", since, trouble, server.Room.CurrentCount);
    }

    private static IResult Text(string text, int status) => Results.Text(text, statusCode: status);
}
