using System.Globalization;

namespace ReleaseServer.Load;

/// <summary>What a run is told; <c>tests/load/run.sh --help</c> explains it.</summary>
internal sealed record LoadOptions
{
    public static readonly IReadOnlyList<string> AllScenarios = ["S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "S9", "S10", "S11", "S12", "S13", "S14", "S15"];

    // The others have to tell the bucket what to do.
    private static readonly IReadOnlyList<string> ScenariosOfRealS3 = ["S1", "S2", "S3", "S4", "S5", "S6", "S11", "S12"];

    private IReadOnlyList<string>? _asked;

    /// <summary>The server's program, or its assembly (<c>.dll</c>).</summary>
    public string Server { get; private set; } = "";

    /// <summary>The directory <c>tests/load</c>: configurations of nginx and the script of wrk.</summary>
    public string Assets { get; private set; } = "";

    /// <summary>A directory for everything that the run makes; emptied by whoever made it.</summary>
    public string Work { get; private set; } = "";

    public IReadOnlyList<string> Scenarios => _asked ?? (UsesRealS3 ? ScenariosOfRealS3 : AllScenarios);

    /// <summary>How often each measure is taken; of the results the median counts.</summary>
    public int Rounds { get; private set; } = 3;

    /// <summary>Length of one measure of S1 to S6, and of each phase of the others.</summary>
    public int Seconds { get; private set; } = 3;

    /// <summary>Each scenario once, small and short: shows that the harness works, and measures nothing.</summary>
    public bool IsSmoke { get; private set; }

    /// <summary>Whether the bucket is the S3 service that the environment names, rather than the stand-in.</summary>
    public bool UsesRealS3 { get; private set; }

    /// <summary>File to write the table to; null for none.</summary>
    public string? Markdown { get; private set; }

    /// <summary>Commit of the server, for the table's heading.</summary>
    public string Revision { get; private set; } = "unknown";

    /// <summary>Settings for the server besides those of the harness, such as <c>Cache:MemoryBytes=1000000</c>.</summary>
    public IReadOnlyList<string> ServerSettings { get; private set; } = [];

    /// <summary>Environment variables for the server alone.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> ServerEnvironment { get; private set; } = [];

    /// <exception cref="ArgumentException">An argument is unknown or lacks its value.</exception>
    public static LoadOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new LoadOptions();
        for (var index = 0; index < arguments.Count; index++)
        {
            var name = arguments[index];
            if (name == "--smoke")
            {
                options = options with { IsSmoke = true, Rounds = 1, Seconds = 1 };
                continue;
            }

            var value = ++index < arguments.Count ? arguments[index] : throw new ArgumentException($"{name} needs a value");
            options = options.With(name, value);
        }

        return options.Server.Length > 0 && options.Assets.Length > 0 && options.Work.Length > 0
            ? options
            : throw new ArgumentException("--server, --assets and --work are required");
    }

    private LoadOptions With(string name, string value) => name switch
    {
        "--server" => this with { Server = Path.GetFullPath(value) },
        "--assets" => this with { Assets = Path.GetFullPath(value) },
        "--work" => this with { Work = Path.GetFullPath(value) },
        "--scenario" => this with { _asked = ReadScenarios(value) },
        "--rounds" => this with { Rounds = ReadNumber(name, value, 1, 100) },
        "--seconds" => this with { Seconds = ReadNumber(name, value, 1, 600) },
        "--markdown" => this with { Markdown = Path.GetFullPath(value) },
        "--revision" => this with { Revision = value },
        "--setting" => this with { ServerSettings = [.. ServerSettings, value] },
        "--env" => this with { ServerEnvironment = [.. ServerEnvironment, ReadVariable(value)] },
        "--s3" => this with { UsesRealS3 = value switch { "rgw" => true, "stand-in" => false, _ => throw new ArgumentException("--s3 is rgw or stand-in") } },
        _ => throw new ArgumentException($"{name} is not an argument"),
    };

    private static string[] ReadScenarios(string value)
    {
        var asked = value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return asked.FirstOrDefault(static name => !AllScenarios.Contains(name, StringComparer.OrdinalIgnoreCase)) is { } unknown
            ? throw new ArgumentException($"{unknown} is not a scenario; there are {string.Join(", ", AllScenarios)}")
            : [.. AllScenarios.Where(name => asked.Contains(name, StringComparer.OrdinalIgnoreCase))];
    }

    private static int ReadNumber(string name, string value, int least, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new ArgumentException($"{name} is {least} to {most}");

    private static KeyValuePair<string, string> ReadVariable(string value) =>
        value.Split('=', 2) is [var name, var text]
            ? new KeyValuePair<string, string>(name, text)
            : throw new ArgumentException("--env needs NAME=VALUE");
}
