using System.Globalization;
using ReleaseServer.Load.Clients;
using ReleaseServer.Load.Peers;
using ReleaseServer.Load.Report;

namespace ReleaseServer.Load.Scenarios;

/// <summary>S10: memory after many objects, more than the cache may hold, and then for each slow reader of a large one.</summary>
internal sealed class Memory(Lab lab)
{
    private const int Downloads = 16;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var ours = await MeasureAsync(PeerKind.Ours, cancellationToken);
        var cache = await MeasureAsync(PeerKind.NginxCache, cancellationToken);
        var note = lab.Peers.HasCache ? null : "it has no cache yet";
        lab.Report.Add(new ReportRow("S10", $"anonymous memory after {lab.Scale.MemoryObjects} objects of 1 MiB")
        {
            Ours = Megabytes(ours.AfterObjects),
            NginxCache = Megabytes(cache.AfterObjects),
            Result = ours.AfterObjects / 1e6,
            Target = Targets.MemoryAfterManyObjects(lab.Scale.CacheMemoryBytes),
            Note = note,
        });
        lab.Report.Add(new ReportRow("S10", $"each of {lab.Scale.SlowReaders} slow readers of 30 MB")
        {
            Ours = Describe(ours),
            NginxCache = Describe(cache),
            Result = ours.PerReader / 1e3,
            Target = Targets.SlowReader,
            Note = note,
        });
    }

    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0} MB");

    private static string Describe(Figures figures) =>
        string.Create(CultureInfo.InvariantCulture, $"{figures.PerReader / 1e3:0.0} KB") + (figures.Closed > 0 ? $" ({figures.Closed} closed)" : "");

    private async Task<Figures> MeasureAsync(PeerKind kind, CancellationToken cancellationToken)
    {
        lab.RequireStore();
        string[] settings = [string.Create(CultureInfo.InvariantCulture, $"Cache:MemoryBytes={lab.Scale.CacheMemoryBytes}")];
        await using var peer = await lab.Peers.StartAsync(kind, settings, cancellationToken);
        await Parallel.ForEachAsync(
            Enumerable.Range(0, lab.Scale.MemoryObjects).Chunk(Math.Max(1, lab.Scale.MemoryObjects / Downloads)),
            new ParallelOptions { MaxDegreeOfParallelism = Downloads, CancellationToken = cancellationToken },
            async (numbers, token) =>
            {
                using var connection = new LoadConnection(peer.Address);
                foreach (var number in numbers)
                {
                    var path = Corpus.VirtualPath(lab.Scale.MemoryObjectBytes, $"memory-{number}.bin");
                    if (await connection.TrySendAsync(HttpRequest.Get(path), token) is not { Status: 200 })
                    {
                        throw new InvalidOperationException($"{peer.Name} did not answer {path}");
                    }
                }
            });
        // So that the large object is kept where objects are kept, and the readers add themselves alone.
        using (var connection = new LoadConnection(peer.Address))
        {
            await connection.TrySendAsync(HttpRequest.Get(Corpus.TarballPath), cancellationToken);
        }

        await Task.Delay(lab.Scale.Settle, TimeProvider.System, cancellationToken);
        var before = peer.Figures.AnonymousBytes();
        using var readers = new SlowReaders();
        var closed = await readers.RunAsync(peer.Address, Corpus.TarballPath, lab.Scale.SlowReaders, lab.Scale.Settle, cancellationToken);
        var with = peer.Figures.AnonymousBytes();
        return new Figures(before, (with - before) / (double)lab.Scale.SlowReaders, closed);
    }

    /// <param name="Closed">Readers that the server has given up.</param>
    private sealed record Figures(long AfterObjects, double PerReader, int Closed);
}
