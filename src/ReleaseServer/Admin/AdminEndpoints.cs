using ReleaseServer.Pipeline;
using ReleaseServer.Site;
using ReleaseServer.Telemetry;

namespace ReleaseServer.Admin;

/// <summary>The fixed routes of the admin addresses.</summary>
internal static class AdminEndpoints
{
    /// <inheritdoc cref="ProcessInstruments.Version"/>
    public static string Version => ProcessInstruments.Version;

    public static void MapAdmin(this IEndpointRouteBuilder endpoints)
    {
        // Alive: the process answers. Ready: it has a site to serve by; a bucket outage must not take the node out of rotation.
        endpoints.MapGet("/live", static () => Results.Text("alive\n"));
        endpoints.MapGet("/ready", static (CurrentSite site, StopNotice stop) => stop.IsStopping
            ? Results.Text("not ready: the server is stopping\n", statusCode: StatusCodes.Status503ServiceUnavailable)
            : site.Snapshot is null
            ? Results.Text("not ready: no site data has been loaded yet\n", statusCode: StatusCodes.Status503ServiceUnavailable)
            : Results.Text("ready\n"));
        endpoints.MapGet("/metrics", static (PrometheusText metrics) => Results.Text(metrics.Write(), PrometheusText.ContentType));
        endpoints.MapGet("/site", static (CurrentSite site, ISettingsState settings) => Results.Json(Describe(site, settings), AdminJson.Readable.SiteDescription));
        endpoints.MapPost("/site/reload", static async (SiteLoader loader, CurrentSite site, CancellationToken cancellationToken) =>
            await loader.ReloadAsync(cancellationToken) is { } trouble
                ? Results.Text($"kept generation {site.Snapshot?.Generation.Generation}: {trouble}\n", statusCode: StatusCodes.Status502BadGateway)
                : Results.Text($"serving generation {site.Snapshot?.Generation.Generation}\n"));
        endpoints.MapGet("/status", static (StatusEndpoint endpoint) => endpoint.Page());
        endpoints.MapGet("/status.json", static (StatusEndpoint endpoint) => endpoint.Json());
        endpoints.MapPost("/status/notes", static (StatusEndpoint endpoint, HttpContext context) => endpoint.AddNoteAsync(context));
        endpoints.MapGet("/downloads", static (DownloadsEndpoint endpoint, HttpContext context) => endpoint.Answer(context));
        endpoints.MapGet("/shadow", static (ShadowEndpoint endpoint) => endpoint.Describe());
        endpoints.MapPost("/purge", static (PurgeEndpoint endpoint, HttpContext context) => endpoint.AnswerAsync(context));
        endpoints.MapGet("/origin", static (OriginEndpoint endpoint) => endpoint.Describe());
        endpoints.MapPost("/origin/order", static (OriginEndpoint endpoint, HttpContext context) => endpoint.Switch(context));
    }

    private static SiteDescription Describe(CurrentSite site, ISettingsState settings) => new(
        Version,
        ProcessInstruments.Commit,
        site.Snapshot?.Generation.Generation,
        site.Snapshot?.Generation.Published,
        site.Snapshot?.Data.Origin,
        site.Snapshot?.Data.Routes.Routes.Count ?? 0,
        site.Snapshot?.Links.Links.Count ?? 0,
        site.Snapshot?.Generation.HasCatalog ?? false,
        settings.Hash,
        settings.Drift,
        settings.Running.ToDictionary(pair => pair.Setting, pair => pair.Value.Length == 0 ? null : pair.Value, StringComparer.Ordinal));
}
