using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ReleaseServer.Telemetry;

namespace ReleaseServer.Tests.Telemetry;

/// <summary>Tests that exchange the process's standard output, and so run alone.</summary>
[CollectionDefinition(nameof(ConsoleIsExchanged), DisableParallelization = true)]
public static class ConsoleIsExchanged;

[Collection(nameof(ConsoleIsExchanged))]
public sealed partial class LogOutputTests : IDisposable
{
    private readonly (TextWriter Output, TextWriter Error) _console = (Console.Out, Console.Error);
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public LogOutputTests()
    {
        Console.SetOut(_output);
        Console.SetError(_error);
    }

    public void Dispose()
    {
        Console.SetOut(_console.Output);
        Console.SetError(_console.Error);
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public void Create_Errors_GoToStandardOutputToo()
    {
        using (var log = ServerLog.Create(new LogOptions()))
        {
            log.Logger.Information("Listening on {Url}", "http://*:80");
            log.Logger.Error("Failed");
        }

        Assert.Equal("", _error.ToString());
        Assert.Matches("^[0-9:]{8} INF Listening on http://\\*:80\n[0-9:]{8} ERR Failed\n$", _output.ToString());
    }

    [Fact]
    public void AddServerLogging_Json_HostsLogIsOneObjectALine()
    {
        using (var provider = Build(new LogOptions { Format = LogFormat.Json }))
        {
            LogFailure(provider.GetRequiredService<ILogger<LogOutputTests>>(), "/dist/");
            provider.GetRequiredService<AccessLog>().Write(new AccessLogEntry("GET", "/", 200, 0, TimeSpan.Zero, null, null, "1"));
        }

        var lines = _output.ToString().TrimEnd('\n').Split('\n').Select(line => JsonElement.Parse(line)).ToList();
        Assert.Equal(["Bucket failed for /dist/", "GET / 200 0 B 0.0 ms - \"-\""], lines.Select(line => line.GetProperty("@m").GetString()));
        Assert.Equal(typeof(LogOutputTests).FullName, lines[0].GetProperty("SourceContext").GetString());
    }

    [Theory]
    [InlineData("Debug", "ReleaseServer.Site", LogLevel.Debug)]
    [InlineData("Information", "ReleaseServer.Site", LogLevel.Information)]
    [InlineData("Debug", "Microsoft.Hosting.Lifetime", LogLevel.Warning)]
    [InlineData("Debug", "System.Net.Http", LogLevel.Warning)]
    [InlineData("Error", "System.Net.Http", LogLevel.Error)]
    [InlineData("Error", "ReleaseServer.Site", LogLevel.Error)]
    [InlineData("Debug", "Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None)]
    public void AddServerLogging_Category_LeastLevelThatIsOn(string level, string category, LogLevel least)
    {
        using var provider = Build(new LogOptions { Level = Enum.Parse<LogLevelName>(level) });

        var logger = provider.GetRequiredService<ILoggerFactory>().CreateLogger(category);

        Assert.Equal(least, Enum.GetValues<LogLevel>().First(each => each == LogLevel.None || logger.IsEnabled(each)));
    }

    [Fact]
    public void AddServerLogging_HostWithDefaults_LogsOnlyHere()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddServerLogging(new LogOptions());

        using var host = builder.Build();

        Assert.Single(host.Services.GetServices<ILoggerProvider>());
    }

    [LoggerMessage(LogLevel.Warning, "Bucket failed for {Path}")]
    private static partial void LogFailure(ILogger logger, string path);

    private static ServiceProvider Build(LogOptions options) => new ServiceCollection().AddServerLogging(options).BuildServiceProvider();
}
