using System.Text;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Http;
using ReleaseServer.Testing.Server;

namespace ReleaseServer.Tests.Faults;

/// <summary>A server of one test over a bucket that fails on demand, with a small tree.</summary>
internal sealed class FaultServer : IAsyncDisposable
{
    public const string Archive = "/dist/node.tar.gz";
    public const string Text = "/dist/SHASUMS256.txt";

    /// <summary>Larger than what Kestrel and the system hold for a client together, so that a held body is a waiting one.</summary>
    public const int ArchiveLength = 8 << 20;

    private FaultServer(InMemoryBucket inner, FaultyBucket bucket, RunningServer server) => (Inner, Bucket, Server) = (inner, bucket, server);

    public InMemoryBucket Inner { get; }

    public FaultyBucket Bucket { get; }

    public RunningServer Server { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<FaultServer> StartAsync(bool loadSite = true)
    {
        var inner = new InMemoryBucket();
        inner.Put("nodejs/release/node.tar.gz", new byte[ArchiveLength]);
        inner.Put("nodejs/release/SHASUMS256.txt", Lines());
        inner.Put("nodejs/release/v1.0.0/index.html", "<html>an index page</html>");
        inner.Put("nodejs/release/v2.0.0/x", "x");
        var bucket = new FaultyBucket(inner);
        return new FaultServer(inner, bucket, await RunningServer.StartAsync(bucket, Token, loadSite: loadSite));
    }

    public Task<RawClient> ConnectAsync() => RunningServer.ConnectAsync(Server.PublicPort, Token);

    public Task<RawResponse> AskAsync(string method, string target, params string[] fields) => Server.AskAsync(method, target, Token, fields);

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    // A megabyte that gzip cannot make small, so that its coded form does not fit into one buffer either.
    private static byte[] Lines()
    {
        var random = new Random(1);
        return Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 16_384).Select(_ => $"{random.NextInt64():x16}{random.NextInt64():x16}{random.NextInt64():x16}  x\n")));
    }
}
