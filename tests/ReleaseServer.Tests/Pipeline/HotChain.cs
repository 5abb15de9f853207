using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using ReleaseServer.Buckets;
using ReleaseServer.Caching;
using ReleaseServer.Commands;
using ReleaseServer.Http;
using ReleaseServer.Pipeline;
using ReleaseServer.Releases;
using ReleaseServer.Shadow;
using ReleaseServer.Site;
using ReleaseServer.Telemetry;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Server;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Pipeline;

/// <summary>The server's request chain without a server, over a cache of the test's; with or without ready answers.</summary>
internal sealed class HotChain : IAsyncDisposable
{
    public static readonly DateTimeOffset Modified = new(2020, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);

    private readonly WebApplication _app;
    private readonly DirectoryInfo _state;

    private HotChain(WebApplication app, FakeCache cache, DirectoryInfo state)
    {
        (_app, Cache, _state) = (app, cache, state);
        Run = ((IApplicationBuilder)app).Build();
    }

    public FakeCache Cache { get; }

    /// <summary>The whole chain.</summary>
    public RequestDelegate Run { get; }

    public ReadyAnswers Ready => _app.Services.GetRequiredService<ReadyAnswers>();

    public RenderedListings Listings => _app.Services.GetRequiredService<RenderedListings>();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<HotChain> StartAsync(
        IBucket bucket, ManualClock clock, bool isReadyOn = true, bool isOnDisk = false, long memoryBytes = 64 << 20, ShadowOptions? shadow = null)
    {
        var state = Directory.CreateTempSubdirectory("release-server-state-");
        var settings = ServerSettingsOfTest.Create(state) with { Shadow = shadow ?? new ShadowOptions() };
        var cache = new FakeCache(bucket, clock, memoryBytes) { IsOnDisk = isOnDisk };
        var app = ServerHost.Build(settings, SiteDataLoader.Load(directory: null), cache, services =>
        {
            cache.AddTo(services);
            services.AddSingleton<TimeProvider>(clock);
            services.AddSingleton(_ => ServerLog.Create(settings.Log, static _ => { }));
            if (!isReadyOn)
            {
                services.AddSingleton(provider => new ReadyAnswers(
                    provider.GetRequiredService<CurrentSite>(),
                    provider.GetRequiredService<RenderedListings>(),
                    provider.GetRequiredService<CodedForms>(),
                    provider.GetRequiredService<CacheTags>(),
                    clock));
            }
        });
        await app.Services.GetRequiredService<SiteLoader>().RefreshAsync(Token);
        return new HotChain(app, cache, state);
    }

    /// <summary>A small tree with every kind of answer in it, and a link to a release.</summary>
    public static async Task<InMemoryBucket> NewBucketAsync(ManualClock clock)
    {
        var bucket = new InMemoryBucket(clock);
        Put("nodejs/release/index.json", """[{"version":"v1.0.0","date":"2020-01-02","files":["src","headers"]}]""");
        Put("nodejs/release/v1.0.0/digits.bin", string.Concat(Enumerable.Repeat("0123456789", 10)));
        Put("nodejs/release/v1.0.0/node-v1.0.0-linux-x64.tar.gz", "an archive, which is counted");
        Put("nodejs/release/v1.0.0/SHASUMS256.txt", string.Concat(Enumerable.Range(0, 200).Select(static i => $"line {i} of the checksums\n")));
        Put("nodejs/release/v1.0.0/large.bin", string.Concat(Enumerable.Repeat("0123456789", 30_000)));
        Put("nodejs/release/v1.0.0/empty.bin", "");
        Put("nodejs/release/v1.0.0/docs/api/index.html", "<html>the api index</html>");
        Put("nodejs/release/odd/a b.txt", "space");
        Put("nodejs/release/odd/percent%41.txt", "percent");
        bucket.Put("nodejs/release/v1.0.0/stored.txt", ResponseBody.Encode("stored under a coding, by whoever uploaded it"u8, ContentCoding.Gzip), Modified, "text/plain", "gzip");
        await new SitePublisher(bucket, clock).PublishLinksAsync(
            [
                new Link("nodejs/release/latest", "nodejs/release/v1.0.0", IsDirectory: true),
                new Link("nodejs/docs/latest", "nodejs/release/v1.0.0/docs", IsDirectory: true),
            ],
            Token);
        return bucket;

        void Put(string key, string text) => bucket.Put(key, Encoding.UTF8.GetBytes(text), Modified);
    }

    /// <summary>Looks at the bucket's published site again, as the poll does.</summary>
    public Task RefreshSiteAsync() => _app.Services.GetRequiredService<SiteLoader>().RefreshAsync(Token);

    /// <summary>Purges what the pipeline keeps, as the executor of purges does after the bucket's cache.</summary>
    public void Purge(bool isHard = false)
    {
        var purge = new CachePurge([], All: true, isHard);
        _app.Services.GetRequiredService<CodedForms>().Purge(purge, dryRun: false);
        Listings.Purge(purge, dryRun: false);
        Ready.Purge(purge, dryRun: false);
    }

    public async Task<HotAnswer> AskAsync(string method, string target, string protocol, params string[] fields)
    {
        using var body = new MemoryStream();
        var context = NewContext(_app.Services, method, target, fields);
        context.Request.Protocol = protocol;
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(body));
        await Run(context);
        await context.Response.BodyWriter.FlushAsync(Token);
        return new HotAnswer(
            context.Response.StatusCode,
            context.Response.Headers.Select(static field => $"{field.Key}: {field.Value}").Order(StringComparer.Ordinal).ToList(),
            body.ToArray());
    }

    public Task<HotAnswer> AskAsync(string method, string target, params string[] fields) => AskAsync(method, target, "HTTP/1.1", fields);

    public Task<HotAnswer> GetAsync(string target, params string[] fields) => AskAsync("GET", target, fields);

    /// <summary>A request that is answered over and over with <see cref="HotRequest.Again"/>.</summary>
    public HotRequest NewRequest(string method, string target, params string[] fields) => new(NewContext(_app.Services, method, target, fields), Run);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Cache.Dispose();
        _state.Delete(recursive: true);
    }

    private static DefaultHttpContext NewContext(IServiceProvider services, string method, string target, string[] fields)
    {
        var context = new DefaultHttpContext { RequestServices = services, Request = { Method = method, Protocol = "HTTP/1.1" } };
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = target;
        foreach (var field in fields)
        {
            var colon = field.IndexOf(':', StringComparison.Ordinal);
            context.Request.Headers.Append(field[..colon], field[(colon + 1)..].Trim());
        }

        return context;
    }
}

/// <param name="Fields">As <c>Name: value</c>, sorted.</param>
internal sealed record HotAnswer(int Status, IReadOnlyList<string> Fields, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public string? this[string name] =>
        Fields.FirstOrDefault(field => field.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 2)..];
}
