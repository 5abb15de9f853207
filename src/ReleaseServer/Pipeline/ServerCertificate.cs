using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ReleaseServer.Alerting;

namespace ReleaseServer.Pipeline;

/// <summary>
/// The certificate that new connections get. Its files are looked at now and then, and taken over once they have stopped changing and fit together;
/// what cannot be used changes nothing but that an operator hears of it. Safe for concurrent use.
/// </summary>
internal sealed partial class ServerCertificate : BackgroundService
{
    /// <summary>Time between two looks. Two in a row must find the same, so what is written slowly is not taken half.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly TlsOptions _options;
    private readonly TlsOptionsValidator _validator;
    private readonly IAlerts _alerts;
    private readonly TimeProvider _clock;
    private readonly ILogger<ServerCertificate> _logger;
    private string _inUse;
    private string _lastSeen;
    private volatile SslStreamCertificateContext _current;

    /// <param name="options">Validated, with both paths.</param>
    /// <exception cref="IOException">The files are gone since.</exception>
    /// <exception cref="CryptographicException">They have become unusable since.</exception>
    public ServerCertificate(TlsOptions options, ServerOptions server, IAlerts alerts, TimeProvider clock, ILogger<ServerCertificate> logger)
    {
        (_options, _validator, _alerts, _clock, _logger) = (options, new TlsOptionsValidator(server), alerts, clock, logger);
        var (certificate, key) = Read();
        _inUse = _lastSeen = certificate + key;
        _current = Make(certificate, key);
    }

    /// <summary>With its chain.</summary>
    public SslStreamCertificateContext Current => _current;

    /// <summary>What a handshake needs, from the certificate of the moment.</summary>
    public SslServerAuthenticationOptions ForHandshake() => new() { ServerCertificateContext = _current };

    /// <summary>Looks once.</summary>
    public void Look()
    {
        string certificate, key, seen;
        try
        {
            (certificate, key) = Read();
            seen = certificate + key;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            (certificate, key, seen) = ("", "", exception.Message);
        }

        var isSettled = seen == _lastSeen;
        _lastSeen = seen;
        if (seen == _inUse)
        {
            _alerts.Resolve(AlertKind.CertificateRefused, _options.CertificatePath!, "The files are those in use.");
        }
        else if (isSettled)
        {
            Take(certificate, key, seen);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Interval, _clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Look();
        }
    }

    private static SslStreamCertificateContext Make(string certificatePem, string keyPem)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(certificatePem);

        // The first is the server's own; what follows leads to a root. Offline: what a chain lacks is not fetched from strangers.
        chain.RemoveAt(0);
        return SslStreamCertificateContext.Create(X509Certificate2.CreateFromPem(certificatePem, keyPem), chain, offline: true);
    }

    private (string Certificate, string Key) Read() => (File.ReadAllText(_options.CertificatePath!), File.ReadAllText(_options.KeyPath!));

    private void Take(string certificate, string key, string seen)
    {
        var path = _options.CertificatePath!;
        if (WhyNot(certificate, key, out var made) is { } reason)
        {
            _alerts.Raise(new Alert(AlertKind.CertificateRefused, path, $"The files have changed and cannot be used, so the certificate of before stays: {reason}"));
            return;
        }

        // The old one is not disposed: handshakes may be under way with it.
        (_current, _inUse) = (made!, seen);
        LogTaken(path, made!.TargetCertificate.Subject, made.TargetCertificate.NotAfter.ToUniversalTime());
        _alerts.Resolve(AlertKind.CertificateRefused, path, "New connections get the certificate that is there now.");
    }

    // The validator reads the files again, for its words; what is used is what was read before.
    private string? WhyNot(string certificate, string key, out SslStreamCertificateContext? made)
    {
        made = null;
        if (_validator.Validate(name: null, _options) is { Failed: true } faults)
        {
            return faults.FailureMessage;
        }

        try
        {
            made = Make(certificate, key);
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException)
        {
            return exception.Message;
        }

        var (now, own) = (_clock.GetUtcNow(), made.TargetCertificate);
        return now > own.NotAfter ? $"the certificate ended at {own.NotAfter.ToUniversalTime():u}"
            : now < own.NotBefore ? $"the certificate begins at {own.NotBefore.ToUniversalTime():u}"
            : null;
    }

    [LoggerMessage(LogLevel.Information, "New connections get the certificate that is in {Path} now: {Subject}, until {End:u}")]
    private partial void LogTaken(string path, string subject, DateTime end);
}
