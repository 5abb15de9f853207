using ReleaseServer.Transport;

namespace ReleaseServer.Alerting;

/// <summary>What the sinks' calls over HTTP have in common.</summary>
internal static class AlertHttp
{
    /// <summary>A sink that takes longer is taken for hung.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(15);

    public static HttpClient NewClient()
    {
        // Redirects are not followed: nobody else gets the key.
        var handler = new OutboundHandler(static connections =>
        {
            connections.UseProxy = true;
            connections.ConnectTimeout = Timeout;
        });
        var client = new HttpClient(handler) { Timeout = Timeout, MaxResponseContentBufferSize = 64 << 10 };
        client.DefaultRequestHeaders.UserAgent.ParseAdd(AlertSource.Client);
        return client;
    }

    /// <summary>A field of an answer as it came, several between commas; null where it is not there.</summary>
    public static string? Field(HttpResponseMessage response, string name) =>
        response.Headers.NonValidated.TryGetValues(name, out var values) ? string.Join(',', values) : null;

    // The client's own timeout comes as a cancellation that nobody asked for.
    public static bool IsOfTheNetwork(Exception exception) =>
        exception is HttpRequestException or IOException or TaskCanceledException { InnerException: TimeoutException };

    /// <param name="host">Without secrets.</param>
    public static string Describe(string host, Exception exception) =>
        $"{host} does not answer: {(exception is TaskCanceledException ? "timed out" : exception.Message)}";
}
