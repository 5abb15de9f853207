using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using ReleaseServer.Buckets;
using ReleaseServer.Commands;
using ReleaseServer.Resilience;
using ReleaseServer.Site;
using ReleaseServer.Testing.Http;
using ReleaseServer.Testing.Origin;
using ReleaseServer.Testing.S3;
using ReleaseServer.Testing.Server;
using ReleaseServer.Testing.Time;
using ReleaseServer.Tests.Buckets;

namespace ReleaseServer.Tests.Faults;

/// <summary>The whole server with its cache over a store on sockets and, where wanted, an origin; breaker, retries and limits as by default.</summary>
internal sealed class MatrixSite : IAsyncDisposable
{
    public const string Bucket = "releases";

    private readonly ScratchFolder _folder = new();

    private MatrixSite(S3Stub store, OriginStub? origin) => (Store, Origin) = (store, origin);

    public S3Stub Store { get; }

    /// <summary>Null where the server has none.</summary>
    public OriginStub? Origin { get; }

    public RunningServer Server { get; private set; } = null!;

    /// <summary>Of the server; waits take their time.</summary>
    public ShiftedClock Clock { get; } = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <param name="probeInterval">Of the breaker; null for the default.</param>
    /// <param name="attemptTimeout">Of a try; null for the default.</param>
    /// <param name="originTimeout">For the origin to answer, connecting included; null for so long that a busy machine is not taken for a dead origin.</param>
    /// <param name="configure">Changes other settings.</param>
    public static async Task<MatrixSite> StartAsync(
        bool hasOrigin,
        bool hasCache = true,
        TimeSpan? probeInterval = null,
        TimeSpan? attemptTimeout = null,
        TimeSpan? originTimeout = null,
        Action<ServerSettings>? configure = null)
    {
        var site = new MatrixSite(await S3Stub.StartAsync(), hasOrigin ? await OriginStub.StartAsync() : null);
        var bucket = site.Store.AddBucket(Bucket);
        // The first is the default, the second shorter than it, for the faults that hang.
        bucket.AttemptTimeout = attemptTimeout ?? TimeSpan.FromSeconds(1);
        bucket.StallTimeout = TimeSpan.FromSeconds(1);
        site.Store.Put(Bucket, GenerationDocument.Key.Value, StubObject.Of(new GenerationDocument(1, Links: null, HasCatalog: false, DateTimeOffset.UnixEpoch).Write()));
        site.Server = await RunningServer.StartAsync(
            BucketFactory.Create(bucket, TimeProvider.System),
            Token,
            configure: settings =>
            {
                (settings.Resilience.Retry, settings.Resilience.Breaker) = (new RetryOptions(), new BreakerOptions());
                settings.Resilience.Breaker.ProbeInterval = probeInterval ?? settings.Resilience.Breaker.ProbeInterval;
                (settings.Cache.Enabled, settings.Cache.Path) = (hasCache, site._folder.In("cache"));
                settings.Origin.Urls = site.Origin is { } origin ? [origin.Address] : [];
                settings.Origin.HealthPath = OriginStub.HealthPath;
                settings.Origin.ConnectTimeout = settings.Origin.AnswerTimeout = originTimeout ?? RawClient.Patience;
                configure?.Invoke(settings);
            },
            replace: services => services.AddSingleton<TimeProvider>(site.Clock));
        return site;
    }

    /// <summary>Publishes an object, in the bucket alone, with the digest that a publisher adds.</summary>
    /// <param name="name">Beneath <c>/dist/</c>.</param>
    public void Put(string name, byte[] content) => Store.Put(Bucket, "nodejs/release/" + name, StubObject.Of(content) with
    {
        Fields = new Dictionary<string, string> { ["x-amz-meta-sha256"] = Convert.ToHexStringLower(SHA256.HashData(content)) },
    });

    /// <summary>Asks on a connection of its own.</summary>
    /// <returns>Null where the connection broke before the answer was whole.</returns>
    public async Task<RawResponse?> TryAskAsync(string method, string target, string? field = null)
    {
        await using var client = await RunningServer.ConnectAsync(Server.PublicPort, Token);
        return await TryAskAsync(client, method, target, field);
    }

    /// <inheritdoc cref="TryAskAsync(string, string, string?)"/>
    public static async Task<RawResponse?> TryAskAsync(RawClient client, string method, string target, string? field = null)
    {
        await client.SendAsync($"{method} {target} HTTP/1.1\r\nHost: localhost\r\n{(field is null ? "" : field + "\r\n")}\r\n");
        try
        {
            return await client.ReadResponseAsync(method);
        }
        // Whoever waits in vain is not answered, which no row allows.
        catch (FramingException exception) when (exception.InnerException is not OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>What was told of a kind of alert so far, oldest first: its beginnings, ends and reminders.</summary>
    public IReadOnlyList<string> Told(string kind) => [.. Server.Log.Lines
        .Select(static line => line.Replace("\"", "", StringComparison.Ordinal))
        .Where(line => line.Contains($": Alert {kind}", StringComparison.Ordinal))];

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Store.DisposeAsync();
        await (Origin?.DisposeAsync() ?? default);
        _folder.Dispose();
    }
}
