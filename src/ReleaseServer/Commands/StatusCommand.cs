using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ReleaseServer.Admin;
using ReleaseServer.Buckets;
using ReleaseServer.Configuration;
using ReleaseServer.Status;
using ReleaseServer.Transport;

namespace ReleaseServer.Commands;

/// <summary>
/// The verb <c>status</c>: prints how the nodes say they are; writes the page to a place that stays up when they do not; or sends them a note.
/// </summary>
internal sealed class StatusCommand(ServerSettings settings, IReadOnlyList<string> moreNodes, Caller caller, TimeProvider clock)
{
    /// <summary>What <c>--export</c> takes for the bucket of the settings in the place of a folder.</summary>
    public const string ToBucket = "bucket";

    private const string JsonName = "status.json";
    private const string PageName = "index.html";

    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(10);

    private readonly List<string> _nodes = settings.Admin.Nodes.Concat(moreNodes).Distinct(StringComparer.OrdinalIgnoreCase).ToList();

    /// <summary>A folder, or <see cref="ToBucket"/>; null to print only.</summary>
    public string? Export { get; init; }

    /// <summary>Whether to go on exporting until a signal ends it.</summary>
    public bool Watch { get; init; }

    /// <summary>What to note; null for nothing.</summary>
    public string? Note { get; init; }

    /// <summary>Whose incident the note belongs to; null for none.</summary>
    public string? Component { get; init; }

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var fault = _nodes.Count == 0 ? "There is no node to ask: set Admin:Nodes, or give --node"
            : moreNodes.Any(static node => !AdminOptionsValidator.IsNode(node)) ? "--node must be the admin address of a node, such as http://10.0.0.5:8081"
            : Watch && Export is null ? "--watch is for --export"
            : Component is not null && Note is null ? "--component is for --note"
            : null;
        if (fault is not null)
        {
            await caller.Error.WriteLineAsync(fault);
            return ExitCode.Usage;
        }

        using var http = new HttpClient(new OutboundHandler()) { Timeout = settings.Status.Timeout };
        if (Note is { } note)
        {
            return await SendNoteAsync(http, note, cancellationToken);
        }

        var bucket = Export == ToBucket ? BucketFactory.CreateForCommand(settings.Bucket, clock) : null;
        while (true)
        {
            var document = await LookAsync(http, bucket, cancellationToken);
            if (Export is null)
            {
                Print(document);
                return document.State == ComponentState.Operational ? ExitCode.Success : ExitCode.Failed;
            }

            try
            {
                // The page last: who sees it finds the JSON of the same look, or a newer one.
                await WriteAsync(bucket, JsonName, document.Write(), "application/json", cancellationToken);
                await WriteAsync(bucket, PageName, StatusPage.Write(document), "text/html; charset=utf-8", cancellationToken);
            }
            catch (Exception exception) when (Watch && exception is BucketUnavailableException or IOException or UnauthorizedAccessException)
            {
                await caller.Error.WriteLineAsync($"The page could not be written: {exception.Message}");
            }

            if (!Watch)
            {
                await caller.Output.WriteLineAsync($"{document.State}; written to {Export}");
                return ExitCode.Success;
            }

            await Task.Delay(WatchInterval, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancellationToken.IsCancellationRequested)
            {
                return ExitCode.Success;
            }
        }
    }

    /// <summary>What several nodes say of a component, as one; null of a node says that it did not answer.</summary>
    internal static IReadOnlyList<ComponentReport> Merge(IReadOnlyList<StatusDocument?> nodes, IReadOnlyList<ComponentHistory> known)
    {
        var told = nodes.OfType<StatusDocument>().ToList();
        var away = nodes.Count - told.Count;

        // Of nobody's telling, what was known is what there is to be said nothing of.
        var names = told.SelectMany(static node => node.Components).Concat(known).Select(static component => (component.Name, component.Title)).DistinctBy(static name => name.Name).ToList();
        if (names.Count == 0)
        {
            names = [(StatusComponents.Downloads, "Downloads"), (StatusComponents.Listings, "Directory listings")];
        }

        return [.. names.Select(name => MergeOne(name.Name, name.Title, told, away))];
    }

    private static ComponentReport MergeOne(string name, string title, List<StatusDocument> told, int away)
    {
        var all = told.SelectMany(static node => node.Components).Where(component => component.Name == name).ToList();
        var isServed = name is StatusComponents.Downloads or StatusComponents.Listings;
        var lost = isServed ? away : 0;
        if (all.Count == 0)
        {
            return isServed && away > 0
                ? new ComponentReport(name, title, ComponentState.Down, "No server answers.")
                : new ComponentReport(name, title, ComponentState.Unknown, "No server can tell.");
        }

        var worst = all.MaxBy(static component => component.State)!;
        var down = all.Count(static component => component.State == ComponentState.Down) + lost;
        var state = down == all.Count + lost ? ComponentState.Down
            : down > 0 || worst.State == ComponentState.Degraded ? ComponentState.Degraded
            : worst.State;
        var detail = lost > 0 ? $"{lost} of {all.Count + lost} servers do not answer." : worst.Detail;
        return new ComponentReport(name, title, state, detail);
    }

    private async Task<StatusDocument> LookAsync(HttpClient http, IWritableBucket? bucket, CancellationToken cancellationToken)
    {
        var nodes = await Task.WhenAll(_nodes.Select(node => AskAsync(http, node, cancellationToken)));
        var before = await ReadAsync(bucket, cancellationToken);

        // Of the first look, what a node remembers is the history.
        var document = before ?? nodes.OfType<StatusDocument>().FirstOrDefault() ?? new StatusDocument();
        document.Title = settings.Status.Title;
        foreach (var note in nodes.OfType<StatusDocument>().SelectMany(static node => node.Notes).Where(note => document.Notes.All(known => known.Text != note.Text)).OrderBy(static note => note.At).ToList())
        {
            document.Notes.Insert(0, note);
        }

        foreach (var incident in document.Incidents)
        {
            var notes = nodes.OfType<StatusDocument>().SelectMany(static node => node.Incidents).Where(other => other.Component == incident.Component).SelectMany(static other => other.Notes);
            incident.Notes.AddRange(notes.Where(note => note.At >= incident.Began && incident.Notes.All(known => known.Text != note.Text)).DistinctBy(static note => note.Text).ToList());
        }

        new StatusHistory(document).Record(clock.GetUtcNow(), Merge(nodes, document.Components));
        return document;
    }

    private static async Task<StatusDocument?> AskAsync(HttpClient http, string node, CancellationToken cancellationToken)
    {
        try
        {
            return StatusDocument.Read(await http.GetByteArrayAsync(new Uri(new Uri(node), "/status.json"), cancellationToken));
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }

    private async Task<StatusDocument?> ReadAsync(IWritableBucket? bucket, CancellationToken cancellationToken)
    {
        try
        {
            if (bucket is not null)
            {
                await using var opened = await bucket.OpenAsync(KeyOf(JsonName), range: null, expected: null, cancellationToken);
                if (opened is null)
                {
                    return null;
                }

                using var content = new MemoryStream();
                await opened.Body.CopyToAsync(content, cancellationToken);
                return StatusDocument.Read(content.ToArray());
            }

            var path = Export is null ? "" : Path.Combine(Folder, JsonName);
            return File.Exists(path) ? StatusDocument.Read(await File.ReadAllBytesAsync(path, cancellationToken)) : null;
        }
        catch (JsonException exception)
        {
            await caller.Error.WriteLineAsync($"The history there cannot be used, and begins anew: {exception.Message}");
            return null;
        }
    }

    private string Folder => Path.GetFullPath(Export!, caller.WorkingDirectory);

    private static AssetKey KeyOf(string name) =>
        AssetKey.TryCreate(name, out var key) ? key : throw new InvalidOperationException($"'{name}' is no key");

    private async Task WriteAsync(IWritableBucket? bucket, string name, byte[] content, string type, CancellationToken cancellationToken)
    {
        if (bucket is not null)
        {
            await bucket.WriteAsync(KeyOf(name), content, new ObjectAttributes(type), WriteCondition.None, cancellationToken);
            return;
        }

        Directory.CreateDirectory(Folder);
        var path = Path.Combine(Folder, name);
        await File.WriteAllBytesAsync(path + ".new", content, cancellationToken);
        File.Move(path + ".new", path, overwrite: true);
    }

    private async Task<int> SendNoteAsync(HttpClient http, string note, CancellationToken cancellationToken)
    {
        http.DefaultRequestHeaders.Authorization = settings.Admin.Token is { } token ? new AuthenticationHeaderValue("Bearer", token) : null;
        var body = JsonSerializer.Serialize(new StatusNoteBody(note, Component), StatusJson.Readable.StatusNoteBody);
        var noted = 0;
        foreach (var node in _nodes)
        {
            try
            {
                using var content = new StringContent(body, Encoding.UTF8, "application/json");
                using var response = await http.PostAsync(new Uri(new Uri(node), "/status/notes"), content, cancellationToken);
                var answer = PrintableText.Of((await response.Content.ReadAsStringAsync(cancellationToken)).Trim());
                noted += response.IsSuccessStatusCode ? 1 : 0;
                await (response.IsSuccessStatusCode ? caller.Output : caller.Error).WriteLineAsync($"{node}: {answer}");
            }
            catch (HttpRequestException exception)
            {
                await caller.Error.WriteLineAsync($"{node}: {PrintableText.Of(exception.Message)}");
            }
        }

        return noted > 0 ? ExitCode.Success : ExitCode.Failed;
    }

    private void Print(StatusDocument document)
    {
        foreach (var component in document.Components)
        {
            caller.Output.WriteLine($"{component.State,-12} {component.Title}{(component.Detail.Length == 0 ? "" : ": ")}{PrintableText.Of(component.Detail)}");
        }
    }
}
