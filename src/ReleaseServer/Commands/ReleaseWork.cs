using System.Text.Json;
using ReleaseServer.Admin;
using ReleaseServer.Buckets;
using ReleaseServer.Caching;
using ReleaseServer.Releases;
using ReleaseServer.Site;

namespace ReleaseServer.Commands;

/// <summary>What the verbs that publish releases share: the site they work on, and how they say what they did.</summary>
internal sealed class ReleaseWork : IDisposable
{
    private const int MostShown = 20;

    private readonly Caller _caller;
    private readonly ReleaseOptions _options;
    private readonly ProgressLine _line;
    private readonly SiteData _data;
    private readonly IReadOnlyList<BucketOptions> _replicas;
    private string _step = "";

    public ReleaseWork(ServerSettings settings, ReleaseOptions options, Caller caller)
    {
        (_caller, _options) = (caller, options);

        // With --json, nothing else is on standard output.
        Output = options.Json ? TextWriter.Null : caller.Output;
        _line = new ProgressLine(caller);
        _replicas = settings.Resilience.Replicas;
        _data = SiteDataLoader.Load(settings.Site.Path);
        var bucket = BucketFactory.CreateForCommand(settings.Bucket, TimeProvider.System);
        var delivery = new PurgeDelivery(settings, bucket, Output, options.Nodes);
        Site = new ReleaseSite(bucket, _data, settings.Site, caller.Name, TimeProvider.System)
        {
            Progress = new ImmediateProgress<PromotionProgress>(Show),
            KnockAsync = token => delivery.KnockAsync(isQuiet: true, token),
            TellCachesAsync = (purge, links, token) => TellAsync(delivery, purge, links, token),
        };
    }

    public ReleaseSite Site { get; }

    public TextWriter Output { get; }

    public IReadOnlyList<ReleaseChannel> Channels => _data.Releases.Channels;

    /// <summary>What is wrong with the options that all these verbs have; null for nothing.</summary>
    public static string? FaultOf(ReleaseOptions options) =>
        options.Nodes.All(AdminOptionsValidator.IsNode) ? null : "--node must be the admin address of a node, such as http://10.0.0.5:8081";

    /// <summary>The channel and directory name that a version is meant to be of; null, with the reason, where it is of none.</summary>
    /// <param name="text">With or without what a directory's name has around the number.</param>
    /// <param name="channel">Name of the channel; null for the first that the version can be of.</param>
    public (ReleaseChannel Channel, string Name)? Find(string text, string? channel, out string fault)
    {
        fault = $"{text} is no version of any channel: {string.Join(", ", Channels.Select(static known => $"{known.Name} ({known.Versions}{(known.Prerelease is { } start ? $" with {start}..." : "")})"))}";
        if (channel is not null && Channels.All(known => known.Name != channel))
        {
            fault = $"--channel {channel} is none of {string.Join(", ", Channels.Select(static known => known.Name))}";
            return null;
        }

        foreach (var known in Channels.Where(known => channel is null || known.Name == channel))
        {
            foreach (var name in new[] { text, known.Versions.Replace("{version}", text, StringComparison.Ordinal) })
            {
                if (ReleaseVersion.TryParseIndexed(name, known, out _))
                {
                    return (known, name);
                }
            }
        }

        fault = channel is null ? fault : $"{text} is no version of the channel {channel}";
        return null;
    }

    /// <summary>Brings the replicas in line, if there are any. One that fails is told of and lags: <c>replicate</c> goes on with it.</summary>
    public async Task ReplicateAsync(CancellationToken cancellationToken)
    {
        foreach (var options in _replicas)
        {
            var replica = BucketFactory.CreateForCommand(options, TimeProvider.System);
            try
            {
                await new Replicator(Site.Bucket, replica, _data.Releases).RunAsync(new ReplicationRequest(), progress: null, cancellationToken);
                await Output.WriteLineAsync($"{replica.Description} has it, too");
            }
            catch (Exception exception) when (exception is BucketUnavailableException or RepresentationChangedException or ReplicaAheadException or IOException)
            {
                await _caller.Error.WriteLineAsync($"{replica.Description} lags behind: {exception.Message}. It is published all the same; see docs/sops/replica-behind.md");
            }
        }
    }

    public Task<int> FailAsync(IEnumerable<string> lines, int exitCode)
    {
        _line.Clear();
        return _caller.FailAsync(lines, exitCode);
    }

    public void Clear() => _line.Clear();

    public void PrintChanges(IEnumerable<LinkChange> links, IEnumerable<string> index)
    {
        Print([.. links.Select(static change => change.ToString())]);
        Print([.. index.Select(static change => $"index: {change}")]);
    }

    public void PrintReport(Action<Utf8JsonWriter> write)
    {
        if (_options.Json)
        {
            JsonReport.Print(_caller.Output, json =>
            {
                json.WriteBoolean("dryRun", _options.DryRun);
                write(json);
            });
        }
    }

    public void Print(IReadOnlyList<string> lines)
    {
        foreach (var line in lines.Take(MostShown))
        {
            Output.WriteLine(line);
        }

        if (lines.Count > MostShown)
        {
            Output.WriteLine($"and {lines.Count - MostShown:N0} more");
        }
    }

    public void Dispose() => _line.Dispose();

    private void Show(PromotionProgress progress)
    {
        const int Mebibyte = 20;
        if (_caller.ShowsProgress)
        {
            _line.Show($"{progress.Step}, MiB", progress.Done >> Mebibyte, progress.Total >> Mebibyte);
        }
        else if (_step != progress.Step)
        {
            _step = progress.Step;
            Output.WriteLine($"{progress.Step} {progress.Total >> Mebibyte:N0} MiB");
        }
    }

    private async Task TellAsync(PurgeDelivery delivery, CachePurge purge, LinkTable links, CancellationToken cancellationToken)
    {
        _line.Clear();
        var areAllThere = await delivery.KnockAsync(isQuiet: false, cancellationToken);
        if (await delivery.PrepareAsync(purge, links, new PublicPaths(_data, links), _options.Reason, cancellationToken) is { } told
            && await delivery.TellAsync(told, areAllThere, cancellationToken) is { } trouble)
        {
            throw new CachesNotToldException($"{trouble}. All nodes have what is published; run the command again for the CDN");
        }
    }
}
