using ReleaseServer.Alerting;
using ReleaseServer.Buckets;
using ReleaseServer.Caching;
using ReleaseServer.Listings;
using ReleaseServer.Pipeline;
using ReleaseServer.Resilience;
using ReleaseServer.Site;

namespace ReleaseServer.Commands;

/// <summary>Puts the read chain together, and what is made of it: the one place that knows all its decorators.</summary>
internal static class ReadChain
{
    /// <summary>Adds <see cref="IBucket"/>, and what purges it.</summary>
    /// <param name="bucket">The primary bucket, which the chain ends in; disposed with the services, as the replicas are.</param>
    public static void AddReadChain(this IServiceCollection services, ServerSettings settings, IBucket bucket)
    {
        services.AddSingleton(settings.Cache);
        services.AddSingleton<ICacheRules, SiteCacheRules>();
        services.AddBuckets(settings, bucket);

        // What every node polls is read past the cache.
        services.AddSingleton(static provider => MakePublishedSite(provider));
        if (!settings.Cache.Enabled)
        {
            services.AddSingleton<IBucket>(static provider => Cataloged(provider, provider.GetRequiredService<ReplicatedBucket>()));
            services.AddSingleton<IPurgeProgress, ForgetfulPurgeProgress>();
            return;
        }

        services.AddSingleton(provider => NodeCache.Open(
            settings.Cache,
            provider.GetRequiredService<ReplicatedBucket>(),
            provider.GetRequiredService<ICacheRules>(),
            provider.GetRequiredService<IAlerts>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<NodeCache>>(),
            provider.GetService<IRestSource>()));
        services.AddSingleton<IBucket>(static provider => Cataloged(provider, provider.GetRequiredService<NodeCache>().Bucket));
        services.AddSingleton<IObjectCache>(static provider => provider.GetRequiredService<NodeCache>().Objects);
        services.AddSingleton<IPurgeable>(static provider => provider.GetRequiredService<NodeCache>().Purger);
        services.AddSingleton<IPurgeProgress>(static provider => provider.GetRequiredService<NodeCache>().Purger);
    }

    /// <summary>Adds what is made of objects and kept with them; without an <see cref="IObjectCache"/> nothing is kept.</summary>
    public static void AddReadyAnswers(this IServiceCollection services)
    {
        services.AddSingleton<CacheTags>();
        services.AddSingleton<CodedForms>();
        services.AddSingleton<RenderedListings>();
        services.AddSingleton<ReadyAnswers>();
        services.AddSingleton<IPurgeable>(static provider => provider.GetRequiredService<CodedForms>());
        services.AddSingleton<IPurgeable>(static provider => provider.GetRequiredService<RenderedListings>());
        services.AddSingleton<IPurgeable>(static provider => provider.GetRequiredService<ReadyAnswers>());
    }

    private static void AddBuckets(this IServiceCollection services, ServerSettings settings, IBucket bucket)
    {
        var options = settings.Resilience;
        services.AddSingleton<NewestPublication>();
        services.AddSingleton(provider => MakeBuckets(provider, settings, bucket));
        services.AddHostedService(provider => new BucketProber(
            provider.GetRequiredService<ReplicatedBucket>(),
            options.Breaker,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<BucketProber>>()));
        services.AddHostedService(provider => new ReplicaWatcher(
            provider.GetRequiredService<ReplicatedBucket>(),
            provider.GetRequiredService<NewestPublication>(),
            ReadPublicationAsync,
            options.Replication,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<IAlerts>(),
            provider.GetRequiredService<ILogger<ReplicaWatcher>>()));
    }

    private static ReplicatedBucket MakeBuckets(IServiceProvider provider, ServerSettings settings, IBucket primary)
    {
        var options = settings.Resilience;
        var time = provider.GetRequiredService<TimeProvider>();
        var lanes = new List<BucketLane> { MakeLane(primary, settings.Bucket) };
        foreach (var replica in options.Replicas)
        {
            lanes.Add(MakeLane(BucketFactory.Create(replica, time), replica));
        }

        var rules = provider.GetRequiredService<ICacheRules>();
        return new ReplicatedBucket(
            lanes, provider.GetRequiredService<NewestPublication>(), new NewestObjects(key => rules.ClassOf(key).IsImmutable), options.Retry)
        {
            Rest = provider.GetService<IRestSource>(),
        };

        BucketLane MakeLane(IBucket bucket, BucketOptions reached) => new(
            bucket,
            isPrimary: ReferenceEquals(bucket, primary),
            options,
            reached.AttemptTimeout,
            // Each bucket has its part, so that one that hangs leaves time for the next.
            options.Retry.TotalTimeout / (1 + options.Replicas.Count),
            time,
            provider.GetRequiredService<IAlerts>(),
            provider.GetRequiredService<ILogger<ReplicatedBucket>>());
    }

    private static PublishedSite MakePublishedSite(IServiceProvider provider)
    {
        var bucket = provider.GetRequiredService<ReplicatedBucket>();
        if (bucket.Lanes.Count == 1)
        {
            return new PublishedSite(bucket);
        }

        var newest = provider.GetRequiredService<NewestPublication>();
        if (provider.GetRequiredService<LastGoodSite>().Load() is { Generation: var kept })
        {
            // What this node went by before it was stopped: no replica takes it back from there either.
            newest.Raise(new Publication(kept.Generation, kept.Purges));
        }

        return new PublishedSite(bucket, newest);
    }

    private static async ValueTask<Publication?> ReadPublicationAsync(IBucket bucket, CancellationToken cancellationToken)
    {
        try
        {
            return await new PublishedSite(bucket).ReadGenerationAsync(cancellationToken) is { } read
                ? new Publication(read.Document.Generation, read.Document.Purges)
                : null;
        }
        catch (SiteDataException exception)
        {
            throw new BucketUnavailableException(exception.Message, exception) { Fault = BucketFault.Garbage };
        }
    }

    private static CatalogedBucket Cataloged(IServiceProvider provider, IBucket bucket) => new(
        bucket, provider.GetRequiredService<CurrentSite>(), provider.GetRequiredService<ILogger<CatalogedBucket>>());
}
