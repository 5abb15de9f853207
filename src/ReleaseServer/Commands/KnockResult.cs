using System.Net.Http.Headers;
using ReleaseServer.Transport;

namespace ReleaseServer.Commands;

/// <summary>How a knock at a node ended.</summary>
/// <param name="Trouble">Null where the node has applied what is published; else why it has not, or is not known to have.</param>
internal sealed record KnockResult(string Node, string? Trouble)
{
    private const int AtOnce = 16;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Asks nodes to look at the bucket now instead of at their next poll. A lost knock costs seconds and nothing else.</summary>
    /// <param name="nodes">Admin addresses.</param>
    /// <param name="token">Sent along; null for none.</param>
    /// <param name="cancellationToken">Ends the wait, and throws.</param>
    public static async Task<IReadOnlyList<KnockResult>> KnockAsync(IReadOnlyList<string> nodes, string? token, CancellationToken cancellationToken)
    {
        using var http = new HttpClient(new OutboundHandler()) { Timeout = Patience };
        http.DefaultRequestHeaders.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        var results = new KnockResult[nodes.Count];
        var limits = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, nodes.Count, limits, async (i, stop) => results[i] = new KnockResult(nodes[i], await KnockAsync(http, nodes[i], stop)));
        return results;
    }

    private static async Task<string?> KnockAsync(HttpClient http, string node, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await http.PostAsync(new Uri(new Uri(node), "/site/reload"), content: null, cancellationToken);
            return response.IsSuccessStatusCode ? null : $"answered {(int)response.StatusCode}";
        }
        catch (HttpRequestException exception)
        {
            return exception.Message;
        }
        catch (TaskCanceledException exception) when (exception.InnerException is TimeoutException)
        {
            return $"no answer within {Patience.TotalSeconds} s";
        }
    }
}
