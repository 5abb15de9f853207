using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace ReleaseServer.Telemetry;

/// <summary>Sends metrics and a sample of traces to a collector while the server runs; what waits at the end is still sent, within seconds.</summary>
internal sealed partial class OtlpExport(OtlpOptions options, string node, ILogger<OtlpExport> logger) : IHostedService, IDisposable
{
    private static readonly TimeSpan LongestFlush = TimeSpan.FromSeconds(2);

    private MeterProvider? _metrics;
    private TracerProvider? _traces;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var resource = ResourceBuilder.CreateEmpty().AddService("ReleaseServer", serviceVersion: ProcessInstruments.Version, serviceInstanceId: node);
        _metrics = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter(ServerMetrics.MeterName)
            .AddOtlpExporter((exporter, reader) =>
            {
                Configure(exporter, "v1/metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)options.Interval.TotalMilliseconds;
            })
            .Build();
        if (options.TraceRatio > 0)
        {
            _traces = Sdk.CreateTracerProviderBuilder()
                .SetResourceBuilder(resource)
                .AddSource(Tracing.SourceName)
                .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(options.TraceRatio)))
                .AddOtlpExporter(exporter => Configure(exporter, "v1/traces"))
                .Build();
        }

        LogSending(options.Endpoint!);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _metrics?.Shutdown((int)LongestFlush.TotalMilliseconds);
        _traces?.Shutdown((int)LongestFlush.TotalMilliseconds);
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        _metrics?.Dispose();
        _traces?.Dispose();
    }

    private void Configure(OtlpExporterOptions exporter, string path)
    {
        var isHttp = options.Protocol == OtlpProtocol.Http;
        exporter.Endpoint = isHttp ? new Uri($"{options.Endpoint!.AbsoluteUri.TrimEnd('/')}/{path}") : options.Endpoint!;
        exporter.Protocol = isHttp ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        exporter.Headers = options.Headers;
    }

    [LoggerMessage(LogLevel.Information, "Metrics and traces go to {Endpoint}")]
    private partial void LogSending(Uri endpoint);
}
