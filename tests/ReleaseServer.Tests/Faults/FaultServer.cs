using System.Text;
using Microsoft.Extensions.DependencyInjection;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Http;
using ReleaseServer.Testing.Server;
using ReleaseServer.Tests.Buckets;

namespace ReleaseServer.Tests.Faults;

/// <summary>A server of one test over a bucket that fails on demand, with a small tree.</summary>
internal sealed class FaultServer : IAsyncDisposable
{
    public const string Archive = "/dist/node.tar.gz";
    public const string Text = "/dist/SHASUMS256.txt";

    /// <summary>Larger than what Kestrel and the system hold for a client together, so that a held body is a waiting one.</summary>
    public const int ArchiveLength = 8 << 20;

    private readonly ScratchFolder _folder;

    private FaultServer(InMemoryBucket inner, FaultyBucket bucket, RunningServer server, ScratchFolder folder) =>
        (Inner, Bucket, Server, _folder) = (inner, bucket, server, folder);

    public InMemoryBucket Inner { get; }

    public FaultyBucket Bucket { get; }

    public RunningServer Server { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <param name="hasCache">Whether it keeps what it reads; its directory goes with the server.</param>
    /// <param name="clock">By which things are kept; null for the system's.</param>
    public static async Task<FaultServer> StartAsync(bool hasCache = false, TimeProvider? clock = null)
    {
        var inner = new InMemoryBucket();
        inner.Put("nodejs/release/node.tar.gz", new byte[ArchiveLength]);
        inner.Put("nodejs/release/SHASUMS256.txt", Lines());
        inner.Put("nodejs/release/v1.0.0/index.html", "<html>an index page</html>");
        inner.Put("nodejs/release/v2.0.0/x", "x");
        var bucket = new FaultyBucket(inner);
        var folder = new ScratchFolder();
        var server = await RunningServer.StartAsync(
            bucket,
            Token,
            configure: settings => (settings.Cache.Enabled, settings.Cache.Path) = (hasCache, folder.In("cache")),
            replace: services => services.AddSingleton(clock ?? TimeProvider.System));
        return new FaultServer(inner, bucket, server, folder);
    }

    public Task<RawClient> ConnectAsync() => RunningServer.ConnectAsync(Server.PublicPort, Token);

    public Task<RawResponse> AskAsync(string method, string target, params string[] fields) => Server.AskAsync(method, target, Token, fields);

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _folder.Dispose();
    }

    // A megabyte that gzip cannot make small, so that its coded form does not fit into one buffer either.
    private static byte[] Lines()
    {
        var random = new Random(1);
        return Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 16_384).Select(_ => $"{random.NextInt64():x16}{random.NextInt64():x16}{random.NextInt64():x16}  x\n")));
    }
}
