using System.Security.Cryptography.X509Certificates;
using System.Text;
using ReleaseServer.Pipeline;
using ReleaseServer.Releases;
using ReleaseServer.Site;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Http;
using ReleaseServer.Testing.Server;
using ReleaseServer.Tests.Buckets;
using ReleaseServer.Tests.Configuration;
using ReleaseServer.Tests.Conformance;

[assembly: AssemblyFixture(typeof(ConformanceServer))]

namespace ReleaseServer.Tests.Conformance;

/// <summary>One server for all conformance tests, with a small tree whose every byte, date and tag is known. Nothing in it changes.</summary>
/// <remarks>
/// Beside it run two with a cache. Whatever is asked of the first is asked of one that has forgotten all, and of one that remembers, twice, so
/// that the second answer is a ready one where there is such; all four must be the same (<see cref="SameAnswer"/>).
/// </remarks>
public sealed class ConformanceServer : IAsyncLifetime
{
    /// <summary>100 bytes of a type that is never compressed.</summary>
    public const string Digits = "/dist/v1.0.0/digits.bin";

    /// <summary>Text that is compressed for clients that want it.</summary>
    public const string Text = "/dist/v1.0.0/SHASUMS256.txt";

    /// <summary>Of every object; the server shows it without the fraction.</summary>
    public const string LastModified = "Thu, 02 Jan 2020 03:04:05 GMT";

    public const string Success = "public, max-age=3600, s-maxage=14400";

    public const string NoStore = "private, no-cache, no-store, max-age=0, must-revalidate";

    public static readonly string DigitsContent = string.Concat(Enumerable.Repeat("0123456789", 10));

    public static readonly string TextContent = string.Concat(Enumerable.Range(0, 200).Select(static i => $"line {i} of the checksums\n"));

    private static readonly DateTimeOffset Modified = new(2020, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);

    private readonly KeyFiles _keys = new();
    private RunningServer? _server;
    private readonly ScratchFolder _folder = new();
    private RunningServer? _cached;
    private RunningServer? _cold;

    internal RunningServer Server => _server!;

    /// <summary>The one with a cache.</summary>
    internal RunningServer Cached => _cached!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var bucket = new InMemoryBucket();
        Fill(bucket);
        await new SitePublisher(bucket, TimeProvider.System).PublishLinksAsync(
            [
                new Link("nodejs/release/latest", "nodejs/release/v1.0.0", IsDirectory: true),
                new Link("nodejs/release/node-latest.txt", "nodejs/release/v1.0.0/SHASUMS256.txt", IsDirectory: false),
                new Link("nodejs/docs/latest", "nodejs/release/v1.0.0/docs", IsDirectory: true),
                new Link("llms.txt", "nodejs/release/v1.0.0/docs/llms.txt", IsDirectory: false),
                new Link("node-config-schema.json", "nodejs/release/v1.0.0/docs/node-config-schema.json", IsDirectory: false),
            ],
            Token);
        _server = await RunningServer.StartAsync(bucket, Token, configure: settings =>
        {
            settings.Server.Urls = ["http://127.0.0.1:0", "https://127.0.0.1:0"];
            settings.Tls.CertificatePath = Path.Combine(_keys.Path, "rsa-certificate.pem");
            settings.Tls.KeyPath = Path.Combine(_keys.Path, "rsa-key.pem");
        });
        _cached = await StartCachedAsync(bucket, "warm");
        _cold = await StartCachedAsync(bucket, "cold");
    }

    public async ValueTask DisposeAsync()
    {
        await _cold!.DisposeAsync();
        await Cached.DisposeAsync();
        await Server.DisposeAsync();
        _folder.Dispose();
        _keys.Dispose();
    }

    /// <summary>Whether a certificate is this server's own, for which nobody else vouches.</summary>
    internal bool IsOwn(X509Certificate? shown)
    {
        using var own = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(_keys.Path, "rsa-certificate.pem"));
        return own.Equals(shown);
    }

    /// <summary>One exchange and the proof that the connection is where it should be afterwards.</summary>
    internal async Task<RawResponse> AskAsync(string method, string target, params string[] fields)
    {
        var response = await Server.AskAsync(method, target, Token, fields);
        _cold!.PurgeAll();
        SameAnswer.Check(response, await _cold.AskAsync(method, target, Token, fields));
        var first = await Cached.AskAsync(method, target, Token, fields);
        SameAnswer.Check(response, first);
        SameAnswer.Check(first, await Cached.AskAsync(method, target, Token, fields));
        return response;
    }

    internal Task<RawResponse> GetAsync(string target, params string[] fields) => AskAsync("GET", target, fields);

    internal Task<RawResponse> HeadAsync(string target, params string[] fields) => AskAsync("HEAD", target, fields);

    internal Task<RawClient> ConnectAsync() => RunningServer.ConnectAsync(Server.PublicPort, Token);

    /// <summary>Sends exactly these bytes (Latin-1) on a new connection, reads one answer and proves the connection.</summary>
    internal async Task<RawResponse> SendAsync(string bytes, string method = "GET")
    {
        var response = await SendAsync(Server, bytes, method);
        _cold!.PurgeAll();
        SameAnswer.Check(response, await SendAsync(_cold, bytes, method));
        var first = await SendAsync(Cached, bytes, method);
        SameAnswer.Check(response, first);
        SameAnswer.Check(first, await SendAsync(Cached, bytes, method));
        return response;
    }

    // Long enough for nothing to get stale while the tests run.
    private Task<RunningServer> StartCachedAsync(InMemoryBucket bucket, string name) => RunningServer.StartAsync(bucket, Token, configure: settings =>
        (settings.Cache.Enabled, settings.Cache.Path, settings.Cache.MaxAge) = (true, _folder.In(name), TimeSpan.FromHours(1)));

    private static async Task<RawResponse> SendAsync(RunningServer server, string bytes, string method)
    {
        await using var client = await RunningServer.ConnectAsync(server.PublicPort, Token);
        await client.SendAsync(bytes);
        var response = await client.ReadResponseAsync(method);
        await RunningServer.ProveReusableAsync(client, response);
        return response;
    }

    private static void Fill(InMemoryBucket bucket)
    {
        Put("nodejs/release/index.json", """[{"version":"v1.0.0","date":"2020-01-02","files":["src","headers"]}]""");
        Put("nodejs/release/v1.0.0/digits.bin", DigitsContent);
        Put("nodejs/release/v1.0.0/SHASUMS256.txt", TextContent);
        Put("nodejs/release/v1.0.0/tiny.txt", "tiny");
        Put("nodejs/release/v1.0.0/empty.bin", "");
        Put("nodejs/release/v1.0.0/node-v1.0.0.tar.gz", "archive bytes, more than twenty");
        Put("nodejs/release/v1.0.0/docs/api/index.html", "<html>the api index</html>");
        Put("nodejs/release/v1.0.0/docs/api/fs.html", "<html>the fs page</html>");
        Put("nodejs/release/v1.0.0/docs/llms.txt", "for language models");
        Put("nodejs/release/v1.0.0/docs/node-config-schema.json", "{}");
        Put("nodejs/release/odd/a b.txt", "space");
        Put("nodejs/release/odd/a+b.txt", "plus");
        Put("nodejs/release/odd/percent%41.txt", "percent");
        Put("nodejs/release/odd/back\\slash.txt", "backslash");
        Put("nodejs/release/odd/ünï.txt", "utf-8");
        Put("nodejs/release/odd/q?x=1.txt", "question mark");
        Put("nodejs/release/odd/.hidden", "hidden");
        Put("nodejs/release/odd/noext", "no extension");
        Put("nodejs/release/odd/sub dir <&>/x", "x");
        Put("nodejs/release/v8.1.1/SHASUMS256.txt", "of 8.1.1");
        Put("nodejs/docs/v0.0.1/index.html", "<html>an old page</html>");
        Put("metrics/summaries/total.json", "[]");
        bucket.Put("nodejs/release/empty/", [], Modified);
        bucket.Put("nodejs/release/v1.0.0/stored.txt", ReadyGzip(), Modified, "text/plain", "gzip");
        bucket.Put("nodejs/release/v1.0.0/typed.txt", "bytes of a stored type"u8.ToArray(), Modified, "application/x-own");

        void Put(string key, string text) => bucket.Put(key, Encoding.UTF8.GetBytes(text), Modified);
    }

    private static byte[] ReadyGzip() => ResponseBody.Encode("stored under a coding, by whoever uploaded it"u8, ReleaseServer.Http.ContentCoding.Gzip);
}
