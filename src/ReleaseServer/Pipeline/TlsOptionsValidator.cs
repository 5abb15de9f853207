using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;
using ReleaseServer.Configuration;

namespace ReleaseServer.Pipeline;

/// <summary>Reads the certificate and its key once, so that a mistake shows at start and not at the first handshake.</summary>
/// <param name="server">Whose addresses need a certificate, or do not.</param>
internal sealed class TlsOptionsValidator(ServerOptions server) : IValidateOptions<TlsOptions>
{
    private const string CertificateName = "Tls:CertificatePath";
    private const string KeyName = "Tls:KeyPath";

    public ValidateOptionsResult Validate(string? name, TlsOptions options)
    {
        var faults = new ValidateOptionsResultBuilder();
        var hasHttps = server.Urls.Concat(server.AdminUrls).Any(url => ListenAddress.TryParse(url, out var address) && address.IsHttps);
        AddIfMissing(CertificateName, options.CertificatePath, KeyName, options.KeyPath, hasHttps, faults);
        AddIfMissing(KeyName, options.KeyPath, CertificateName, options.CertificatePath, hasHttps, faults);

        var certificatePem = ReadPem(CertificateName, options.CertificatePath, faults);
        var keyPem = ReadPem(KeyName, options.KeyPath, faults);
        using var certificate = certificatePem is null ? null : ReadCertificate(certificatePem, options.CertificatePath!, faults);
        if (keyPem is not null && CheckKey(keyPem, options.KeyPath!, faults) && certificate is not null)
        {
            CheckPair(certificate, keyPem, options, faults);
        }

        return faults.Build();
    }

    private static void AddIfMissing(
        string name, string? path, string otherName, string? otherPath, bool hasHttps, ValidateOptionsResultBuilder faults)
    {
        if (path is not null)
        {
            return;
        }

        if (hasHttps)
        {
            faults.AddError("is required by an https address", name);
        }
        else if (otherPath is not null)
        {
            faults.AddError($"must be set together with {otherName}", name);
        }
    }

    private static string? ReadPem(string name, string? path, ValidateOptionsResultBuilder faults)
    {
        if (path is null)
        {
            return null;
        }

        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            var reason = fault is FileNotFoundException or DirectoryNotFoundException ? "does not exist" : "cannot be read by this user";
            faults.AddError($"{SettingFault.Quote(path)} {reason}", name);
            return null;
        }
    }

    private static X509Certificate2? ReadCertificate(string pem, string path, ValidateOptionsResultBuilder faults)
    {
        try
        {
            return X509Certificate2.CreateFromPem(pem);
        }
        catch (CryptographicException)
        {
            faults.AddError($"{SettingFault.Quote(path)} holds no certificate in PEM form", CertificateName);
            return null;
        }
    }

    private static bool CheckKey(string pem, string path, ValidateOptionsResultBuilder faults)
    {
        // "ENCRYPTED PRIVATE KEY" is PKCS #8 (RFC 7468 §11); "Proc-Type: 4,ENCRYPTED" is the older form of RFC 1421.
        if (pem.Contains("ENCRYPTED", StringComparison.Ordinal))
        {
            faults.AddError($"{SettingFault.Quote(path)} is encrypted; the key must be stored without a passphrase", KeyName);
            return false;
        }

        // A public key would import as well.
        var isPrivate = pem.Contains("PRIVATE KEY-----", StringComparison.Ordinal);
        if (!isPrivate || (!CanImport(RSA.Create(), pem) && !CanImport(ECDsa.Create(), pem)))
        {
            faults.AddError($"{SettingFault.Quote(path)} holds no RSA or ECDSA private key in PEM form", KeyName);
            return false;
        }

        return true;
    }

    private static bool CanImport(AsymmetricAlgorithm algorithm, string pem)
    {
        using (algorithm)
        {
            try
            {
                algorithm.ImportFromPem(pem);
                return true;
            }
            catch (Exception fault) when (fault is ArgumentException or CryptographicException)
            {
                return false;
            }
        }
    }

    private static void CheckPair(X509Certificate2 certificate, string keyPem, TlsOptions options, ValidateOptionsResultBuilder faults)
    {
        try
        {
            using var pair = X509Certificate2.CreateFromPem(certificate.ExportCertificatePem(), keyPem);
        }
        catch (Exception fault) when (fault is ArgumentException or CryptographicException)
        {
            faults.AddError(
                $"{SettingFault.Quote(options.KeyPath!)} is not the key of the certificate in {SettingFault.Quote(options.CertificatePath!)}",
                KeyName);
        }
    }
}
