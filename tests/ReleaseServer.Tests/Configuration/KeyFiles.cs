using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ReleaseServer.Tests.Configuration;

/// <summary>A directory of certificates and keys, right and wrong ones.</summary>
public sealed class KeyFiles : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("releaseserver-keys-");

    public KeyFiles()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var otherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var rsaKey = RSA.Create(2048);
        var encryption = new PbeParameters(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 1);

        Write("certificate.pem", CertificateOf(new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256)));
        Write("rsa-certificate.pem", CertificateOf(new CertificateRequest("CN=localhost", rsaKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)));
        Write("key.pem", key.ExportECPrivateKeyPem());
        Write("rsa-key.pem", rsaKey.ExportPkcs8PrivateKeyPem());
        Write("public-key.pem", key.ExportSubjectPublicKeyInfoPem());
        Write("other-key.pem", otherKey.ExportPkcs8PrivateKeyPem());
        Write("encrypted-key.pem", key.ExportEncryptedPkcs8PrivateKeyPem("hunter2", encryption));
        Write("broken.pem", "-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n");
    }

    public string Path => _directory.FullName;

    public void Dispose() => _directory.Delete(recursive: true);

    private static string CertificateOf(CertificateRequest request)
    {
        var start = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using var certificate = request.CreateSelfSigned(start, start.AddYears(100));
        return certificate.ExportCertificatePem();
    }

    private void Write(string name, string text) => File.WriteAllText(System.IO.Path.Combine(Path, name), text);
}
