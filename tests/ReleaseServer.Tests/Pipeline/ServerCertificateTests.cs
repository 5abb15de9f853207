using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using ReleaseServer.Alerting;
using ReleaseServer.Pipeline;
using ReleaseServer.Testing.Alerting;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Server;
using ReleaseServer.Testing.Time;
using ReleaseServer.Tests.Buckets;

namespace ReleaseServer.Tests.Pipeline;

/// <summary>Certificates that change while the server runs, seen by real handshakes.</summary>
public sealed class ServerCertificateTests : IDisposable
{
    private static readonly DateTimeOffset Begin = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ScratchFolder _folder = new();
    private readonly AlertRecorder _alerts = new();

    public ServerCertificateTests() => Put(New("CN=first"));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Files_Replaced_NewConnectionsGetTheNewOneAndOldOnesGoOn()
    {
        await using var server = await StartAsync();
        using var before = await ConnectAsync(server);
        Assert.Equal("CN=first", before.RemoteCertificate!.Subject);

        Put(New("CN=second"));
        LookTwice(server);

        using var after = await ConnectAsync(server);
        Assert.Equal("CN=second", after.RemoteCertificate!.Subject);
        Assert.StartsWith("HTTP/1.1 404 ", await AskAsync(before), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 404 ", await AskAsync(after), StringComparison.Ordinal);
        Assert.Empty(_alerts.Raised);
    }

    [Fact]
    public async Task Files_SeenOnce_AreNotTakenYet()
    {
        await using var server = await StartAsync();

        Put(New("CN=second"));
        server.Services.GetRequiredService<ServerCertificate>().Look();

        using var connection = await ConnectAsync(server);
        Assert.Equal("CN=first", connection.RemoteCertificate!.Subject);
    }

    [Fact]
    public async Task Files_OnlyTheCertificateReplaced_OldPairStaysUntilTheKeyFollows()
    {
        await using var server = await StartAsync();
        var second = New("CN=second");
        _folder.Write("certificate.pem", second.Certificate);
        LookTwice(server);
        using (var between = await ConnectAsync(server))
        {
            Assert.Equal("CN=first", between.RemoteCertificate!.Subject);
        }

        Assert.Contains("is not the key of the certificate", Assert.Single(_alerts.Raised).Message, StringComparison.Ordinal);

        _folder.Write("key.pem", second.Key);
        LookTwice(server);

        using var after = await ConnectAsync(server);
        Assert.Equal("CN=second", after.RemoteCertificate!.Subject);
        Assert.Equal(AlertKind.CertificateRefused, Assert.Single(_alerts.Resolved).Kind);
    }

    [Theory]
    [InlineData("broken", "holds no certificate in PEM form")]
    [InlineData("missing", "does not exist")]
    [InlineData("ended", "the certificate ended at 2020-02-01")]
    [InlineData("early", "the certificate begins at 2100-01-01")]
    public async Task Files_CannotBeUsed_OldOneStaysAndPeopleHearOfItUntilItIsBack(string what, string reason)
    {
        await using var server = await StartAsync();
        var first = (Certificate: File.ReadAllText(_folder.In("certificate.pem")), Key: File.ReadAllText(_folder.In("key.pem")));
        switch (what)
        {
            case "broken":
                _folder.Write("certificate.pem", "-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n");
                break;
            case "missing":
                File.Delete(_folder.In("key.pem"));
                break;
            default:
                Put(what == "ended" ? New("CN=second", Begin, Begin.AddMonths(1)) : New("CN=second", Begin.AddYears(80)));
                break;
        }

        LookTwice(server);

        using (var connection = await ConnectAsync(server))
        {
            Assert.Equal("CN=first", connection.RemoteCertificate!.Subject);
        }

        Assert.Equal(AlertKind.CertificateRefused, Assert.Single(_alerts.Raised).Kind);
        Assert.Contains(reason, _alerts.Raised[0].Message, StringComparison.Ordinal);

        Put(first);
        LookTwice(server);

        Assert.Equal(AlertKind.CertificateRefused, _alerts.Resolved[^1].Kind);
    }

    [Fact]
    public async Task Files_WithAChain_ItIsSentBeforeAndAfterAChange()
    {
        Put(NewWithIssuer("CN=first"));
        await using var server = await StartAsync();
        Assert.Equal(["CN=issuer-first"], await ChainSentAsync(server));

        Put(NewWithIssuer("CN=second"));
        LookTwice(server);

        Assert.Equal(["CN=issuer-second"], await ChainSentAsync(server));
    }

    [Fact]
    public async Task Watch_TimePasses_TakesWhatTwoLooksHaveSeen()
    {
        var clock = new ManualClock(Begin.AddYears(6));
        using var certificate = new ServerCertificate(Options(), new ServerOptions(), _alerts, clock, NullLogger<ServerCertificate>.Instance);
        await certificate.StartAsync(Token);
        Put(New("CN=second"));

        for (var i = 0; i < 2; i++)
        {
            await clock.WaitForTimerAsync(Token);
            clock.Advance(ServerCertificate.Interval);
        }

        await clock.WaitForTimerAsync(Token);
        Assert.Equal("CN=second", certificate.Current.TargetCertificate.Subject);
        await certificate.StopAsync(Token);
    }

    private static (string Certificate, string Key) New(string subject, DateTimeOffset? begin = null, DateTimeOffset? end = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var from = begin ?? Begin;
        using var certificate = new CertificateRequest(subject, key, HashAlgorithmName.SHA256).CreateSelfSigned(from, end ?? from.AddYears(100));
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    // The root is not in the file: clients have it, or do not trust it.
    private static (string Certificate, string Key) NewWithIssuer(string subject)
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var issuerKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var root = RequestOfIssuer("CN=root", rootKey).CreateSelfSigned(Begin, Begin.AddYears(100));
        using var issuer = RequestOfIssuer($"CN=issuer-{subject[3..]}", issuerKey).Create(root, Begin, Begin.AddYears(90), [1]);
        using var issuerWithKey = issuer.CopyWithPrivateKey(issuerKey);
        using var own = new CertificateRequest(subject, key, HashAlgorithmName.SHA256).Create(issuerWithKey, Begin, Begin.AddYears(50), [2]);
        return ($"{own.ExportCertificatePem()}\n{issuer.ExportCertificatePem()}\n", key.ExportPkcs8PrivateKeyPem());
    }

    private static CertificateRequest RequestOfIssuer(string subject, ECDsa key)
    {
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        return request;
    }

    private static void LookTwice(RunningServer server)
    {
        var certificate = server.Services.GetRequiredService<ServerCertificate>();
        certificate.Look();
        certificate.Look();
    }

    private static async Task<SslStream> ConnectAsync(RunningServer server, RemoteCertificateValidationCallback? look = null)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, server.TlsPort, Token);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true), leaveInnerStreamOpen: false, look ?? Trust);
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", AllowTlsResume = false }, Token);
        return stream;
    }

    private static bool Trust(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) => certificate is not null;

    private static async Task<List<string>> ChainSentAsync(RunningServer server)
    {
        var sent = new List<string>();
        using var connection = await ConnectAsync(server, (_, own, chain, _) =>
        {
            sent.AddRange(chain!.ChainPolicy.ExtraStore.Select(static certificate => certificate.Subject).Where(subject => subject != own!.Subject));
            return true;
        });
        return sent;
    }

    private static async Task<string> AskAsync(SslStream connection)
    {
        await connection.WriteAsync("GET /dist/missing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray(), Token);
        using var reader = new StreamReader(connection, Encoding.ASCII, leaveOpen: true);
        return await reader.ReadToEndAsync(Token);
    }

    private void Put((string Certificate, string Key) pair)
    {
        _folder.Write("certificate.pem", pair.Certificate);
        _folder.Write("key.pem", pair.Key);
    }

    private TlsOptions Options() => new() { CertificatePath = _folder.In("certificate.pem"), KeyPath = _folder.In("key.pem") };

    private Task<RunningServer> StartAsync() => RunningServer.StartAsync(
        new InMemoryBucket(),
        Token,
        configure: settings =>
        {
            settings.Server.Urls = ["http://127.0.0.1:0", "https://127.0.0.1:0"];
            (settings.Tls.CertificatePath, settings.Tls.KeyPath) = (Options().CertificatePath, Options().KeyPath);
        },
        replace: services => services.AddSingleton<IAlerts>(_alerts));
}
