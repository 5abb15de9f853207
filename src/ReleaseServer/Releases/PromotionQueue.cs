using ReleaseServer.Buckets;
using ReleaseServer.Site;

namespace ReleaseServer.Releases;

/// <summary>Finds the versions of a channel that staging has and production has not, at the price of listings.</summary>
internal sealed class PromotionQueue(ReleaseSite site, StagingArea staging, ReleaseChannel channel)
{
    /// <summary>Names, oldest version first: those with a file that production has not, or has of another length, and those that broke off.</summary>
    /// <remarks>A version that was taken back, or withdrawn, is for a person to promote again.</remarks>
    /// <exception cref="BucketUnavailableException">A bucket failed.</exception>
    /// <exception cref="SiteDataException">What is published cannot be read.</exception>
    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken)
    {
        var (_, published) = await site.ReadAsync(cancellationToken);
        var names = new List<string>();
        foreach (var name in await staging.ListVersionsAsync(channel, cancellationToken))
        {
            var directory = channel.KeyOf(name) + "/";
            var state = published.Overlay.StateOf(directory);
            var isMine = state is null or UnlistedState.Staged;
            if (isMine && (state == UnlistedState.Staged || await IsBegunAsync(name, cancellationToken) || await HasMoreAsync(name, directory, cancellationToken)))
            {
                names.Add(name);
            }
        }

        return names;
    }

    private async Task<bool> IsBegunAsync(string name, CancellationToken cancellationToken) =>
        await site.Bucket.HeadAsync(PromotionJournal.KeyOf(channel.Name, name), cancellationToken) is not null;

    private async Task<bool> HasMoreAsync(string name, string directory, CancellationToken cancellationToken)
    {
        var staged = await StagedRelease.ReadAsync(staging, channel, name, cancellationToken);
        var there = new Dictionary<string, long>(StringComparer.Ordinal);
        await foreach (var entry in site.Bucket.ListAsync(directory, ListDepth.All, cancellationToken))
        {
            there[entry.Name[directory.Length..]] = entry.Length;
        }

        return staged.Files.Any(file => !there.TryGetValue(file.Key, out var length) || length != file.Value.Length);
    }
}
