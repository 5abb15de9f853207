using System.Diagnostics.CodeAnalysis;
using ReleaseServer.Load.Peers;
using ReleaseServer.Load.Processes;
using ReleaseServer.Load.Report;
using ReleaseServer.Load.Store;

namespace ReleaseServer.Load;

/// <summary>What all scenarios of a run share: files, a bucket that holds them, and how to start servers.</summary>
internal sealed class Lab : IAsyncDisposable
{
    private const string BucketName = "releases";
    private readonly ChildProcess? _storeProcess;

    private Lab(LoadOptions options, Scale scale, Corpus corpus, PeerStarter peers, ChildProcess? storeProcess, StoreClient? store)
    {
        (Options, Scale, Corpus, Peers, _storeProcess, Store) = (options, scale, corpus, peers, storeProcess, store);
    }

    public LoadOptions Options { get; }

    public Scale Scale { get; }

    public Corpus Corpus { get; }

    public PeerStarter Peers { get; }

    /// <summary>Null where the bucket is a real S3 service, which cannot be told to be slow or broken.</summary>
    public StoreClient? Store { get; }

    public ReportTable Report { get; } = new();

    public static async Task<Lab> StartAsync(LoadOptions options, CancellationToken cancellationToken)
    {
        var scale = options.IsSmoke ? Scale.Smoke : Scale.Full;
        var corpus = new Corpus(scale, Path.Combine(options.Work, "bucket"), Path.Combine(options.Work, "tree"));
        return options.UsesRealS3
            ? await StartOnRealS3Async(options, scale, corpus, cancellationToken)
            : await StartOnStandInAsync(options, scale, corpus, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        Store?.Dispose();
        await (_storeProcess?.DisposeAsync() ?? default);
    }

    /// <exception cref="NotSupportedException">The bucket is a real S3 service.</exception>
    [MemberNotNull(nameof(Store))]
    public StoreClient RequireStore() => Store ?? throw new NotSupportedException("it needs the stand-in for the bucket");

    private static async Task<Lab> StartOnStandInAsync(LoadOptions options, Scale scale, Corpus corpus, CancellationToken cancellationToken)
    {
        await PublishAsync(options, ["--Bucket:Kind=folder", $"--Bucket:Path={corpus.Bucket}"], cancellationToken);
        var (port, controlPort) = (FreePort.Find(), FreePort.Find());
        var bucket = new BucketAccess(new Uri($"http://127.0.0.1:{port}"), BucketName, "us-east-1", "load", "load-secret");
        var peers = new PeerStarter(options, scale, corpus, bucket);
        await peers.PrepareAsync(cancellationToken);
        string[] arguments = ["store", corpus.Bucket, BucketName, FormattableString.Invariant($"{port}"), FormattableString.Invariant($"{controlPort}")];
        var process = ChildProcess.Start(typeof(Lab).Assembly.Location, arguments, Path.Combine(options.Work, "store.log"), peers.PidFile, []);
        try
        {
            var store = new StoreClient(controlPort);
            await store.AwaitStartAsync(cancellationToken);
            return new Lab(options, scale, corpus, peers, process, store);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    private static async Task<Lab> StartOnRealS3Async(LoadOptions options, Scale scale, Corpus corpus, CancellationToken cancellationToken)
    {
        var bucket = RealBucket.FromEnvironment();
        await RealBucket.UploadAsync(bucket, corpus.Bucket, cancellationToken);
        await PublishAsync(options, bucket.Settings, cancellationToken);
        var peers = new PeerStarter(options, scale, corpus, bucket);
        await peers.PrepareAsync(cancellationToken);
        return new Lab(options, scale, corpus, peers, storeProcess: null, store: null);
    }

    private static async Task PublishAsync(LoadOptions options, IEnumerable<string> bucket, CancellationToken cancellationToken)
    {
        string[] settings = [.. bucket, $"--Site:StatePath={options.Work}/state"];
        await ChildProcess.RunAsync(options.Server, ["links", .. settings], mustSucceed: true, [], cancellationToken);
        await ChildProcess.RunAsync(options.Server, ["catalog", .. settings], mustSucceed: true, [], cancellationToken);
    }
}
