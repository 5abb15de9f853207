using Microsoft.Extensions.DependencyInjection.Extensions;
using Serilog.Extensions.Logging;

namespace ReleaseServer.Telemetry;

/// <summary>Puts <see cref="ServerLog"/> behind the host's <c>ILogger</c>.</summary>
internal static class LoggingExtensions
{
    /// <summary>Adds <see cref="ServerLog"/> and <see cref="AccessLog"/>, and makes the first the host's only log; the host disposes it.</summary>
    public static IServiceCollection AddServerLogging(this IServiceCollection services, LogOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(_ => ServerLog.Create(options));
        services.AddSingleton(provider => new AccessLog(
            provider.GetRequiredService<ServerLog>().Logger, options, provider.GetRequiredService<TimeProvider>()));
        services.AddLogging(logging => Configure(logging, options));
        services.AddSingleton<ILoggerProvider>(provider =>
            new SerilogLoggerProvider(provider.GetRequiredService<ServerLog>().Logger, dispose: false));
        return services;
    }

    private static void Configure(ILoggingBuilder logging, LogOptions options)
    {
        var level = options.Level switch
        {
            LogLevelName.Debug => LogLevel.Debug,
            LogLevelName.Information => LogLevel.Information,
            LogLevelName.Warning => LogLevel.Warning,
            _ => LogLevel.Error,
        };
        var ofTheFramework = level > LogLevel.Warning ? level : LogLevel.Warning;
        logging
            .ClearProviders()
            .SetMinimumLevel(level)
            .AddFilter("Microsoft", ofTheFramework)
            .AddFilter("System", ofTheFramework)

            // Where this category is on, at any level, ASP.NET Core makes an activity for each request, for lines that nobody reads.
            .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
    }
}
