using FsCheck;
using FsCheck.Fluent;
using ReleaseServer.Commands;

namespace ReleaseServer.Tests.Configuration;

/// <summary>Whatever else is wrong, the value of a secret is in no fault.</summary>
public sealed class SecretFaultTests : IDisposable
{
    private const string Secret = "hunter2";

    // Each breaks something, many of them beside or inside a secret.
    private static readonly string[] Arguments =
    [
        $"--Bucket:SecretKey={Secret}",
        $"--Bucket:SecretKey={Secret}\n",
        $"--Bucket:AccessKey={Secret}\u0007",
        $"--Bucket:SecretKeys={Secret}",
        $"--Bucket:SecretKey:{Secret}=1",
        $"--Bucket:SecretKey:0:{Secret}",
        $"--Bucket:Endpoint=http://{Secret}@localhost",
        $"--Bucket:Endpoint={Secret}@",
        $"--Bucket:Endpoint=https://s3.example.org/?key={Secret}",
        $"--Server:Urls=http://a:{Secret}@localhost:80",
        $"--Server:AdminUrls=http://a:{Secret}@localhost:80\n",
        $"--Server:H2cUrls:0={Secret}@localhost",
        $"--Secrets:Key={Secret}",
        "--Bucket:Kind=s3",
        "--Log:Level=loud",
        $"{Secret}",
    ];

    private readonly SettingsDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void TryLoad_AnyMixOfBrokenSettings_NoSecretInAnyFault()
    {
        var mixes = Gen.ArrayOf(Gen.Elements(Arguments)).ToArbitrary();

        Prop.ForAll(mixes, mix =>
        {
            ServerSettings.TryLoad(mix, _directory.Path, new Dictionary<string, string>(), out _, out var faults);
            return !faults.Any(fault => fault.ToString().Contains(Secret, StringComparison.Ordinal));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void TryLoad_FileCutAnywhere_NoSecretInAnyFaultAndNoException()
    {
        const string file = """{ "Bucket": { "AccessKey": "hunter2", "SecretKey": "hunter2", "Endpoint": "http://hunter2@x" }, "Log": { "Level": 1 } }""";
        for (var length = 0; length < file.Length; length++)
        {
            _directory.Write("appsettings.json", file[..length]);

            var faults = _directory.Fail();

            Assert.DoesNotContain(faults, fault => fault.ToString().Contains(Secret, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void TryLoad_FileWithAnyOneByteChanged_NoSecretInAnyFaultAndNoException()
    {
        var file = """{ "Bucket": { "AccessKey": "hunter2", "SecretKey": "hunter2" } }"""u8.ToArray();
        var path = Path.Combine(_directory.Path, "appsettings.json");

        Prop.ForAll(Gen.Choose(0, file.Length - 1).Zip(Gen.Choose(0, 255)).ToArbitrary(), change =>
        {
            var changed = file.ToArray();
            changed[change.Item1] = (byte)change.Item2;
            File.WriteAllBytes(path, changed);
            ServerSettings.TryLoad([], _directory.Path, new Dictionary<string, string>(), out _, out var faults);
            return !faults.Any(fault => fault.ToString().Contains(Secret, StringComparison.Ordinal));
        }).QuickCheckThrowOnFailure();
    }
}
