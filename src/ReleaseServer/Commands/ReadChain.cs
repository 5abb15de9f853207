using ReleaseServer.Alerting;
using ReleaseServer.Buckets;
using ReleaseServer.Caching;
using ReleaseServer.Listings;
using ReleaseServer.Pipeline;
using ReleaseServer.Site;

namespace ReleaseServer.Commands;

/// <summary>Puts the read chain together, and what is made of it: the one place that knows all its decorators.</summary>
internal static class ReadChain
{
    /// <summary>Adds <see cref="IBucket"/>, and what purges it.</summary>
    /// <param name="bucket">What the chain ends in; disposed with the services.</param>
    public static void AddReadChain(this IServiceCollection services, CacheOptions options, IBucket bucket)
    {
        services.AddSingleton(options);
        services.AddSingleton<ICacheRules, SiteCacheRules>();

        // What every node polls is read past the cache.
        services.AddSingleton(_ => new PublishedSite(bucket));
        if (!options.Enabled)
        {
            services.AddSingleton<IBucket>(provider => Cataloged(provider, bucket));
            services.AddSingleton<IPurgeProgress, ForgetfulPurgeProgress>();
            return;
        }

        services.AddSingleton(provider => NodeCache.Open(
            options,
            bucket,
            provider.GetRequiredService<ICacheRules>(),
            provider.GetRequiredService<IAlerts>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<NodeCache>>()));
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

    private static CatalogedBucket Cataloged(IServiceProvider provider, IBucket bucket) => new(
        bucket, provider.GetRequiredService<CurrentSite>(), provider.GetRequiredService<ILogger<CatalogedBucket>>());
}
