using System.Security.Cryptography;
using System.Text;
using ReleaseServer.Load.Peers;

namespace ReleaseServer.Load.Scenarios;

/// <summary>Makes a server forget what it keeps.</summary>
internal sealed class Purge(HttpClient http)
{
    /// <param name="selector">As in a query: <c>tag=release:VERSION</c>, or <c>all=true</c>.</param>
    /// <param name="paths">What it stands for: nginx has no tags.</param>
    public async Task RunAsync(Peer peer, string selector, IEnumerable<string> paths, CancellationToken cancellationToken)
    {
        if (peer.Kind != PeerKind.Ours)
        {
            foreach (var path in paths)
            {
                File.Delete(CacheFileOf(peer, path));
            }

            return;
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(peer.Admin, $"/purge?{selector}"));
        request.Headers.Authorization = new("Bearer", PeerStarter.AdminToken);
        using var response = await http.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();
    }

    // cache.conf: proxy_cache_key $uri, levels=1:2. The name is the MD5 of the key, the directories are its last digits.
    private static string CacheFileOf(Peer peer, string path)
    {
#pragma warning disable CA5351 // It is what nginx does.
        var name = Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(path)));
#pragma warning restore CA5351
        return Path.Combine(peer.Directory, "cache", name[^1..], name[^3..^1], name);
    }
}
