using System.Text.Json;
using System.Text.Json.Serialization;

namespace ReleaseServer.Status;

/// <summary>How a component is, from best to worst.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ComponentState>))]
internal enum ComponentState
{
    /// <summary>Nobody could tell.</summary>
    Unknown,

    /// <summary>As it should be.</summary>
    Operational,

    /// <summary>It does its work, with something missing behind it.</summary>
    Degraded,

    /// <summary>It does not do its work.</summary>
    Down,
}

/// <summary>What one look has found of a component.</summary>
/// <param name="Name">Lower case; the same for ever.</param>
/// <param name="Title">For people.</param>
/// <param name="Detail">One plain sentence without addresses or secrets, for it is shown to everybody; empty where there is nothing to say.</param>
internal sealed record ComponentReport(string Name, string Title, ComponentState State, string Detail);

/// <summary>Seconds of one day that a component was looked at, and those of them that it was not well.</summary>
internal sealed class StatusDay
{
    public required DateOnly Day { get; init; }

    public double Observed { get; set; }

    public double Degraded { get; set; }

    public double Down { get; set; }
}

/// <summary>One component, as it is and as it was.</summary>
internal sealed class ComponentHistory
{
    public required string Name { get; init; }

    public string Title { get; set; } = "";

    public ComponentState State { get; set; }

    /// <summary>When it came to be in this state, as far as is known.</summary>
    public DateTimeOffset Since { get; set; }

    public string Detail { get; set; } = "";

    /// <summary>Oldest first; only days on which somebody looked.</summary>
    public List<StatusDay> Days { get; init; } = [];
}

/// <summary>What somebody has written.</summary>
internal sealed record StatusNote(DateTimeOffset At, string Text);

/// <summary>Time in which a component was not well.</summary>
internal sealed class StatusIncident
{
    public required string Component { get; init; }

    public required DateTimeOffset Began { get; init; }

    /// <summary>Null while it goes on.</summary>
    public DateTimeOffset? Ended { get; set; }

    public ComponentState Worst { get; set; }

    public string Detail { get; set; } = "";

    public List<StatusNote> Notes { get; init; } = [];
}

/// <summary>All that the page shows: what <c>/status.json</c> answers, and what is kept.</summary>
internal sealed class StatusDocument
{
    public int Format { get; init; } = 1;

    public string Title { get; set; } = "";

    /// <summary>When somebody last looked.</summary>
    public DateTimeOffset Updated { get; set; }

    /// <summary>Of all components together.</summary>
    public ComponentState State { get; set; }

    public List<ComponentHistory> Components { get; init; } = [];

    /// <summary>Newest first.</summary>
    public List<StatusIncident> Incidents { get; init; } = [];

    /// <summary>Those that belong to no incident; newest first.</summary>
    public List<StatusNote> Notes { get; init; } = [];

    /// <exception cref="JsonException">It is no such document.</exception>
    public static StatusDocument Read(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, StatusJson.Readable.StatusDocument) is { Format: 1 } document
            ? document
            : throw new JsonException("it is no status of format 1");

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, StatusJson.Readable.StatusDocument);
}

[JsonSerializable(typeof(StatusDocument))]
[JsonSerializable(typeof(StatusNoteBody))]
internal sealed partial class StatusJson : JsonSerializerContext
{
    public static StatusJson Readable { get; } = new(new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true });
}

/// <summary>Content of <c>POST /status/notes</c>.</summary>
/// <param name="Component">Whose newest incident it belongs to; null for none.</param>
internal sealed record StatusNoteBody(string? Text, string? Component = null);
