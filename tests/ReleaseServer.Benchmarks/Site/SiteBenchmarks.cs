using BenchmarkDotNet.Attributes;
using ReleaseServer.Site;

namespace ReleaseServer.Benchmarks.Site;

/// <summary>From the path that was asked for to the key of the bucket, with the built-in routes and as many links as the real site has.</summary>
[MemoryDiagnoser]
public class SiteBenchmarks
{
    private const int Versions = 700;
    private readonly RouteTable _routes = SiteDataLoader.Load(null).Routes;
    private readonly LinkTable _links = new(
    [
        new Link("nodejs/release/latest-jod", "nodejs/release/v22.23.2", IsDirectory: true),
        .. Enumerable.Range(0, Versions).Select(static number =>
            new Link($"nodejs/docs/v20.{number}.0", $"nodejs/release/v20.{number}.0/docs", IsDirectory: true)),
    ]);

    [Benchmark]
    public int RouteTable_FirstRows() => Find("/dist/v22.23.2/node-v22.23.2-linux-x64.tar.xz");

    [Benchmark]
    public int RouteTable_LastRow() => Find("/llms.txt");

    [Benchmark]
    public int RouteTable_NoRow() => Find("/favicon.ico");

    [Benchmark]
    public string LinkTable_NoLink() => _links.Resolve("nodejs/release/v22.23.2/node-v22.23.2-linux-x64.tar.xz");

    [Benchmark]
    public string LinkTable_Link() => _links.Resolve("nodejs/release/latest-jod/node-v22.23.2-linux-x64.tar.xz");

    private int Find(string path) => _routes.Find(path, out var key) is null ? -1 : key.Length;
}
