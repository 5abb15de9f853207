using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace ReleaseServer.EndToEnd.Processes;

/// <summary>The stand-in for a bucket that the load tests have, with the files of a folder: counts what it is asked, and is as slow as it is told.</summary>
internal sealed partial class StoreProcess : IAsyncDisposable
{
    private const string Bucket = "releases";

    private readonly Daemon _daemon;
    private readonly HttpClient _control;

    private StoreProcess(Daemon daemon, int port, int controlPort)
    {
        _daemon = daemon;
        _control = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{controlPort}/control/") };
        Settings =
        [
            "--Bucket:Kind=s3",
            $"--Bucket:Endpoint=http://127.0.0.1:{port}",
            $"--Bucket:Name={Bucket}",
            "--Bucket:AccessKey=any",
            "--Bucket:SecretKey=any-secret",
        ];
    }

    /// <summary>How a server reaches it.</summary>
    public IReadOnlyList<string> Settings { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <param name="folder">Read once, at the start.</param>
    /// <param name="home">Its working directory.</param>
    public static async Task<StoreProcess> StartAsync(string folder, string home)
    {
        var (port, controlPort) = (FindPort(), FindPort());
        string[] arguments =
        [
            Repository.LoadAssembly, "store", folder, Bucket, port.ToString(CultureInfo.InvariantCulture), controlPort.ToString(CultureInfo.InvariantCulture),
        ];
        var start = CommandRun.Describe(Requirement.Program("dotnet"), home, arguments, environment: null);
        var (daemon, _) = await Daemon.StartAsync(start, ReadyLine(), keepsInput: true);
        return new StoreProcess(daemon, port, controlPort);
    }

    /// <param name="bytes">Per second, of all bodies together; 0 for no limit.</param>
    public Task SetTotalRateAsync(long bytes) => PostAsync(string.Create(CultureInfo.InvariantCulture, $"set?totalRate={bytes}"));

    /// <summary>Counts from nothing again.</summary>
    public Task ResetAsync() => PostAsync("reset");

    /// <summary>Requests of any kind for these keys since the last reset.</summary>
    public async Task<long> CountAsync(Func<string, bool> which)
    {
        var counts = await _control.GetFromJsonAsync<Counted[]>("stats", Token) ?? [];
        return counts.Where(counted => which(counted.Key)).Sum(static counted => counted.Count);
    }

    public async ValueTask DisposeAsync()
    {
        _control.Dispose();
        await _daemon.DisposeAsync();
    }

    private async Task PostAsync(string what)
    {
        using var response = await _control.PostAsync(new Uri(what, UriKind.Relative), content: null, Token);
        response.EnsureSuccessStatusCode();
    }

    private static int FindPort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    [GeneratedRegex("store ready")]
    private static partial Regex ReadyLine();

    private sealed record Counted(string Kind, string Key, long Count);
}
