using System.Net;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;

namespace ReleaseServer.Buckets;

/// <summary>Sets the S3 client up for stores of any vendor: what is set here was found needed against Ceph and Swift.</summary>
internal static class S3ClientFactory
{
    /// <summary>The HTTP client under the S3 client; the caller disposes it, and after the S3 client.</summary>
    public static HttpClient CreateHttpClient(BucketOptions options)
    {
        var connections = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            UseProxy = false,
            MaxConnectionsPerServer = options.MaxConnections,
            // A connection keeps the address it was made to; a store that moves in DNS is followed within minutes.
            PooledConnectionLifetime = TimeSpan.FromMinutes(3),
            // A body given up half way: what has all but arrived is read so that the connection can be used again, no more.
            MaxResponseDrainSize = 64 * 1024,
            // Whoever gives a body up that hangs waits for as long.
            ResponseDrainTimeout = TimeSpan.FromMilliseconds(100),
        };

        // The timeout of an attempt ends at the response head, which HttpClient's own does not say.
        return new HttpClient(new S3WireHandler(connections)) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public static AmazonS3Client Create(BucketOptions options, HttpClient http)
    {
        var config = new AmazonS3Config
        {
            AuthenticationRegion = options.Region,
            ForcePathStyle = options.PathStyle,
            HttpClientFactory = new OneClient(http),
            // Retries are a decorator's work; the SDK's would multiply with them.
            MaxErrorRetry = 0,
            MaxStaleConnectionRetries = 0,
            // The SDK's defaults send checksum trailers that Ceph 16 and Swift refuse.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (options.Endpoint is { } endpoint)
        {
            config.ServiceURL = endpoint.AbsoluteUri;
        }
        else
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(options.Region);
        }

        return options is { AccessKey: { Length: > 0 } accessKey, SecretKey: { Length: > 0 } secretKey }
            ? new AmazonS3Client(new BasicAWSCredentials(accessKey, secretKey), config)
            : new AmazonS3Client(config);
    }

    private sealed class OneClient(HttpClient http) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => http;

        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

        public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;
    }
}
