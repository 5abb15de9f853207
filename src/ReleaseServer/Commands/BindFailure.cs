using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace ReleaseServer.Commands;

/// <summary>Says in words why the server cannot listen: on which address, and what would help.</summary>
internal static class BindFailure
{
    private const string Help = "Other addresses: Server:Urls, Server:H2cUrls, Server:AdminUrls.";

    /// <param name="exception">What starting the host threw.</param>
    /// <returns>Null for an exception that is not about an address.</returns>
    public static string? Describe(Exception exception, WebApplication app, ServerSettings settings)
    {
        if (exception is IOException { InnerException: AddressInUseException })
        {
            return $"{exception.Message} Does another server run there? {Help}";
        }

        // Of localhost, which is two addresses, Kestrel keeps both reasons in one exception.
        var reason = exception as SocketException
            ?? (exception.InnerException as AggregateException)?.InnerExceptions.OfType<SocketException>().FirstOrDefault();
        if (reason is null)
        {
            return null;
        }

        var hint = reason.SocketErrorCode == SocketError.AccessDenied ? " Ports below 1024 need privileges." : "";
        return $"Cannot listen on {AddressOf(app, settings)}: {reason.Message}.{hint} {Help}";
    }

    // Kestrel does not say which address it was, but binds them in the order in which Listeners named them, and keeps those that it has bound.
    private static string AddressOf(WebApplication app, ServerSettings settings)
    {
        string[] all = [.. settings.Server.Urls, .. settings.Server.H2cUrls, .. settings.Server.AdminUrls];
        var bound = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.Count ?? 0;
        return bound < all.Length ? all[bound] : "one of " + string.Join(", ", all);
    }
}
