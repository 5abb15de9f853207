using System.CommandLine;
using System.Text.Json;
using ReleaseServer.Buckets;
using ReleaseServer.Listings;
using ReleaseServer.Releases;
using ReleaseServer.Site;

namespace ReleaseServer.Commands;

/// <summary>The verb <c>index</c>: builds <c>index.json</c> and <c>index.tab</c> of each channel, shows the change, writes it.</summary>
internal sealed class IndexCommand(ServerSettings settings, IndexOptions options, Caller caller)
{
    /// <summary>Another writer comes between once, if at all.</summary>
    private const int MaxTries = 3;

    private const int MaxNotesShown = 20;

    private readonly IWritableBucket _bucket = BucketFactory.CreateForCommand(settings.Bucket, TimeProvider.System);

    private readonly SitePublisher _publisher = new(BucketFactory.CreateForCommand(settings.Bucket, TimeProvider.System), TimeProvider.System);

    // With --json, nothing else is on standard output.
    private readonly TextWriter _output = options.Json ? TextWriter.Null : caller.Output;

    public static Command Create(VerbFactory verb, Caller caller)
    {
        var channels = new Option<string[]>("--channel") { Description = "Only this channel: release, nightly, rc, test, v8-canary; again for more", HelpName = "name" };
        var facts = new Option<string[]>("--fact") { Description = "What artifacts do not say, or say wrongly: v22.1.0:npm=10.9.8; again for more", HelpName = "version:name=value" };
        var security = new Option<string[]>("--security") { Description = "A version that mends a vulnerability; again for more", HelpName = "version" };
        var reread = new Option<string[]>("--reread") { Description = "Read the artifacts of this version again; again for more", HelpName = "version" };
        var rebuild = new Option<bool>("--rebuild") { Description = "Read the artifacts of all versions again" };
        var allowUnknown = new Option<bool>("--allow-unknown") { Description = "Take new versions in though artifacts do not tell all of them" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Print what would change and write nothing" };
        var json = new Option<bool>("--json") { Description = "Print one JSON object instead of lines" };
        var command = new Command("index", "Write index.json and index.tab of each channel, new versions from their own artifacts")
        {
            channels, facts, security, reread, rebuild, allowUnknown, dryRun, json,
        };
        return verb(command, (settings, parsed, token) =>
        {
            var options = new IndexOptions
            {
                Channels = parsed.GetValue(channels) ?? [],
                Facts = parsed.GetValue(facts) ?? [],
                Security = parsed.GetValue(security) ?? [],
                Reread = parsed.GetValue(reread) ?? [],
                Rebuild = parsed.GetValue(rebuild),
                AllowUnknown = parsed.GetValue(allowUnknown),
                DryRun = parsed.GetValue(dryRun),
                Json = parsed.GetValue(json),
            };
            return new IndexCommand(settings, options, caller).RunAsync(token);
        });
    }

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var channels = SiteDataLoader.Load(settings.Site.Path).Releases.Channels.Where(static channel => channel.HasIndex).ToList();
        var faults = options.Channels.Where(name => channels.All(channel => channel.Name != name))
            .Select(name => $"--channel {name} is none of {string.Join(", ", channels.Select(static channel => channel.Name))}").ToList();
        var facts = options.ReadFacts(faults);
        foreach (var version in (facts?.Keys ?? []).Concat(options.Reread).Where(version => !channels.Exists(channel => Has(channel, version))).Distinct())
        {
            faults.Add($"{version} is the name of no version of any channel");
        }

        if (facts is null || faults.Count > 0)
        {
            return await caller.FailAsync(faults, ExitCode.Usage);
        }

        var results = new List<Result>();
        try
        {
            foreach (var channel in channels.Where(channel => options.Channels.Count == 0 || options.Channels.Contains(channel.Name)))
            {
                if (await RunAsync(channel, facts, cancellationToken) is { } result)
                {
                    results.Add(result);
                    Print(result);
                }
            }
        }
        catch (LeaseHeldException exception)
        {
            return await caller.FailAsync([exception.Message], ExitCode.Failed);
        }

        var written = results.SelectMany(static result => result.Written).ToList();
        var isTold = options.DryRun || written.Count == 0 || await TellAsync(written, cancellationToken);
        if (options.Json)
        {
            JsonReport.Print(caller.Output, json => Write(json, results));
        }

        return isTold && results.TrueForAll(static result => result.Build.IsGood) ? ExitCode.Success : ExitCode.Failed;
    }

    // Null for a channel that the bucket does not have.
    private async Task<Result?> RunAsync(
        ReleaseChannel channel, IReadOnlyDictionary<string, VersionFacts> facts, CancellationToken cancellationToken)
    {
        var publication = new IndexPublication(_bucket, _publisher, TimeProvider.System, caller.Name);
        for (var attempt = 0; attempt < MaxTries; attempt++)
        {
            var published = await _publisher.ReadLinksAsync(cancellationToken);
            var index = await ChannelIndex.ReadAsync(_bucket, channel, published.Overlay, cancellationToken);
            if (index.Json is null && options.Channels.Count == 0 && !await _bucket.AnyAsync(channel.KeyOf(""), cancellationToken))
            {
                return null;
            }

            var request = new IndexRequest(channel)
            {
                Json = index.Json?.Content,
                Tab = index.Tab?.Content,
                Links = published.Table,
                Withdrawn = UnlistedIn(channel, published.Document),
                Given = facts.Where(pair => Has(channel, pair.Key)).ToDictionary(),
                Reread = options.Reread.Where(version => Has(channel, version)).ToHashSet(StringComparer.Ordinal),
                Rebuild = options.Rebuild,
                AllowUnknown = options.AllowUnknown,
            };
            using var line = new ProgressLine(caller);
            var progress = new ImmediateProgress<IndexProgress>(step => line.Show($"Reading versions of {channel.Directory}", step.Done, step.Total));
            var build = await new IndexBuilder(_bucket).BuildAsync(request, progress, cancellationToken);
            var changed = build.IsGood ? index.ChangedBy(build) : [];
            if (options.DryRun || changed.Count == 0 || await publication.PublishAsync(channel, published, index, build, cancellationToken))
            {
                return new Result(channel, build, changed, options.DryRun ? [] : changed);
            }
        }

        throw new BucketUnavailableException($"The index of {channel.Directory} was changed by others {MaxTries} times in a row; run the command again when they are done");
    }

    // Listings show the new dates, and nobody answers the old documents any more.
    private async Task<bool> TellAsync(List<AssetKey> written, CancellationToken cancellationToken)
    {
        var generation = await _publisher.ReadGenerationAsync(cancellationToken);
        if (generation.HasCatalog)
        {
            var links = (await _publisher.ReadLinksAsync(generation, cancellationToken)).Table;
            using var line = new ProgressLine(caller);
            line.Show("Writing the catalog");
            var report = await CatalogWriter.WriteAsync(_bucket, links, new CatalogWriteOptions(), progress: null, cancellationToken);
            var purge = CatalogPurge.Of(report.Changed) is { } changed ? new PurgeNote(changed, caller.Name, "index") : null;
            await _publisher.PublishCatalogAsync(changed: purge is not null, purge, cancellationToken);
        }

        var request = new PurgeRequest { Keys = [.. written.Select(static key => key.Value)], Paths = [], Tags = [] };
        var code = await new PurgeCommand(settings, request, caller with { Output = _output }) { Reason = "index" }.RunAsync(cancellationToken);
        return code == ExitCode.Success;
    }

    // Versions on their way in, and those that were taken back.
    private static HashSet<string> UnlistedIn(ReleaseChannel channel, LinksDocument published) =>
        published.Unlisted.Select(static row => row.Directory[..^1]).Where(directory => directory.StartsWith(channel.KeyOf(""), StringComparison.Ordinal))
            .Select(directory => directory[channel.KeyOf("").Length..]).ToHashSet(StringComparer.Ordinal);

    private static bool Has(ReleaseChannel channel, string version) => ReleaseVersion.TryParseIndexed(version, channel, out _);

    private void Print(Result result)
    {
        var (directory, build) = (result.Channel.Directory, result.Build);
        foreach (var change in build.Changes)
        {
            _output.WriteLine($"{directory}: {change}");
        }

        foreach (var note in build.Notes.Take(MaxNotesShown))
        {
            _output.WriteLine($"{directory}: note: {note}");
        }

        if (build.Notes.Count > MaxNotesShown)
        {
            _output.WriteLine($"{directory}: and {build.Notes.Count - MaxNotesShown:N0} more notes, which --json shows");
        }

        foreach (var fault in build.Faults.Where(_ => !options.Json))
        {
            caller.Error.WriteLine($"{directory}: {fault}");
        }

        if (!build.IsGood)
        {
            _output.WriteLine($"{directory}: refused for {Quantity.Of(build.Faults.Count, "fault")}; nothing was written");
            return;
        }

        var names = string.Join(" and ", result.Changed.Select(static key => key.Value[(key.Value.LastIndexOf('/') + 1)..]));
        _output.WriteLine($"{directory}: {Quantity.Of(build.Entries.Count, "version")}, {build.Read:N0} read; " + (result.Changed.Count == 0 ? "nothing has changed"
            : options.DryRun ? $"{names} would be written, nothing was (--dry-run)"
            : $"{names} written"));
    }

    private void Write(Utf8JsonWriter json, List<Result> results)
    {
        json.WriteBoolean("dryRun", options.DryRun);
        json.WriteStartArray("channels");
        foreach (var (channel, build, changed, written) in results)
        {
            json.WriteStartObject();
            json.WriteString("channel", channel.Directory);
            json.WriteNumber("versions", build.Entries.Count);
            json.WriteNumber("read", build.Read);
            json.WriteStartArray("changes");
            foreach (var change in build.Changes)
            {
                json.WriteStartObject();
                json.WriteString("version", change.Version);
                json.WriteString("change", change.Before is null ? "added" : change.After is null ? "removed" : "changed");
                json.WriteString("text", change.ToString());
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteTexts("notes", build.Notes);
            json.WriteTexts("faults", build.Faults);
            json.WriteTexts("changed", changed.Select(static key => key.Value));
            json.WriteTexts("written", written.Select(static key => key.Value));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <param name="Changed">Keys that the build changes.</param>
    /// <param name="Written">Those that were written.</param>
    private sealed record Result(ReleaseChannel Channel, IndexBuild Build, IReadOnlyList<AssetKey> Changed, IReadOnlyList<AssetKey> Written);
}
