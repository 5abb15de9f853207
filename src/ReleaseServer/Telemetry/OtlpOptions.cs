using ReleaseServer.Configuration;

namespace ReleaseServer.Telemetry;

/// <summary>How OpenTelemetry's protocol is spoken.</summary>
internal enum OtlpProtocol
{
    /// <summary>gRPC; port 4317 as a rule.</summary>
    Grpc,

    /// <summary>Protocol buffers over HTTP; port 4318 as a rule.</summary>
    Http,
}

/// <summary>Where metrics and traces are sent to, beside what Prometheus fetches. Section <c>Otlp</c>.</summary>
internal sealed class OtlpOptions
{
    /// <summary>Address of a collector, such as <c>http://localhost:4317</c>. Without it, nothing is sent and no span is made.</summary>
    public Uri? Endpoint { get; set; }

    /// <summary><c>grpc</c>, or <c>http</c>: then <c>/v1/metrics</c> and <c>/v1/traces</c> are put behind the address. Default <c>grpc</c>.</summary>
    public OtlpProtocol Protocol { get; set; } = OtlpProtocol.Grpc;

    /// <summary>Header fields for the collector, <c>name=value</c> with commas between, such as a key.</summary>
    [Secret]
    public string? Headers { get; set; }

    /// <summary>Part of the requests that are traced, 0 to 1. Default 0.01.</summary>
    public double TraceRatio { get; set; } = 0.01;

    /// <summary>Time between two reports of metrics, 1 s to 10 min. Default 30 s.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(30);
}
