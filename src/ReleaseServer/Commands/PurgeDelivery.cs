using ReleaseServer.Buckets;
using ReleaseServer.Caching;
using ReleaseServer.Cdn;
using ReleaseServer.Configuration;
using ReleaseServer.Releases;
using ReleaseServer.Site;

namespace ReleaseServer.Commands;

/// <summary>Brings what was published to those who keep answers: knocks at nodes, and tells the CDN.</summary>
/// <param name="output">Gets what the nodes and the CDN said.</param>
/// <param name="moreNodes">Admin addresses beside those of the settings.</param>
internal sealed class PurgeDelivery(ServerSettings settings, IBucket bucket, TextWriter output, IReadOnlyList<string> moreNodes)
{
    /// <summary>Longest wait for the nodes to have polled, before the CDN is told.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    /// <returns>Whether every node is known to have applied what is published.</returns>
    public async Task<bool> KnockAsync(bool isQuiet, CancellationToken cancellationToken)
    {
        var nodes = settings.Admin.Nodes.Concat(moreNodes).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        var results = await KnockResult.KnockAsync(nodes, settings.Admin.Token, cancellationToken);
        foreach (var result in isQuiet ? [] : results)
        {
            await output.WriteLineAsync(result.Trouble is null
                ? $"{result.Node} has applied it"
                : $"{result.Node} could not be told ({PrintableText.Of(result.Trouble)}) and applies it at its next poll");
        }

        return results.Count > 0 && results.All(static result => result.Trouble is null);
    }

    /// <summary>Works out what the CDN is told; null without one. The addresses of objects are looked for, so this comes first.</summary>
    /// <exception cref="BucketUnavailableException">The bucket failed.</exception>
    public async Task<CdnPurge?> PrepareAsync(CachePurge purge, LinkTable links, PublicPaths paths, string? reason, CancellationToken cancellationToken)
    {
        if (settings.Cdn.Kind == CdnKind.None)
        {
            return null;
        }

        var needsObjects = settings.Cdn.NeedsUrls && !purge.All;
        var objects = needsObjects
            ? (await PurgedObjects.FindAsync(bucket, LinkTags.Expand(purge, links), CdnPurge.MaxUrls + 1, cancellationToken)).Keys
            : [];
        return CdnPurge.Of(purge, objects, paths, settings.Cdn, reason);
    }

    /// <param name="areAllThere">Whether every node has applied the purge; else they are waited for.</param>
    /// <returns>What kept the CDN from being told; null where it was.</returns>
    public async Task<string?> TellAsync(CdnPurge purge, bool areAllThere, CancellationToken cancellationToken)
    {
        if (!areAllThere)
        {
            // A node that has not applied the purge would at once give the CDN again what the CDN has just dropped.
            var interval = settings.Site.PollInterval * 1.5;
            await Task.Delay(interval < LongestWait ? interval : LongestWait, TimeProvider.System, cancellationToken);
        }

        using var client = new CdnClient(settings.Cdn, TimeProvider.System);
        var result = await client.SendAsync(purge, cancellationToken);
        var kind = SettingValue.Format(settings.Cdn.Kind);
        if (result.Trouble is { } trouble)
        {
            return $"The CDN ({kind}) was not told: {trouble}";
        }

        await output.WriteLineAsync($"The CDN ({kind}) was told, in {Quantity.Of(result.Calls, "call")}");
        return null;
    }
}
