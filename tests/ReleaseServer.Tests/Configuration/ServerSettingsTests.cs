using ReleaseServer.Buckets;
using ReleaseServer.Commands;
using ReleaseServer.Configuration;
using ReleaseServer.Telemetry;

namespace ReleaseServer.Tests.Configuration;

public sealed class ServerSettingsTests : IClassFixture<KeyFiles>, IDisposable
{
    private readonly SettingsDirectory _directory = new();
    private readonly KeyFiles _keys;

    public ServerSettingsTests(KeyFiles keys) => _keys = keys;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void TryLoad_NothingSet_DefaultsWithAbsolutePaths()
    {
        var settings = _directory.Load();

        Assert.Equal(BucketKind.Folder, settings.Bucket.Kind);
        Assert.Equal(Path.Combine(_directory.Path, "data/bucket"), settings.Bucket.Path);
        Assert.Equal(Path.Combine(_directory.Path, "data/cache"), settings.Cache.Path);
        Assert.Equal(Path.Combine(_directory.Path, "data/state"), settings.Site.StatePath);
        Assert.Equal(["http://localhost:8080"], settings.Server.Urls);
        Assert.Null(settings.Site.Path);
    }

    [Fact]
    public void TryLoad_SameSettingEverywhere_EachSourceOutranksTheOneBefore()
    {
        _directory.Write("appsettings.json", """{ "Bucket": { "Name": "file", "Region": "file", "Kind": "s3", "Path": "file" } }""");
        _directory.Write("named.json", """{ "Bucket": { "Name": "named", "Region": "named", "Kind": "S3" } }""");

        var settings = _directory.Load(
            ["--config", "named.json", "--Bucket:Name=argument"],
            new() { ["Bucket__Name"] = "environment", ["BUCKET__REGION"] = "environment" });

        Assert.Equal("argument", settings.Bucket.Name);
        Assert.Equal("environment", settings.Bucket.Region);
        Assert.Equal(BucketKind.S3, settings.Bucket.Kind);
        Assert.EndsWith("/file", settings.Bucket.Path, StringComparison.Ordinal);
    }

    [Fact]
    public void TryLoad_EmptyTextForANullable_UnsetsTheSourceBefore()
    {
        _directory.Write("appsettings.json", """{ "Bucket": { "Name": "releases", "Endpoint": "https://s3.example.org" } }""");

        var settings = _directory.Load(environment: new() { ["Bucket__Name"] = "", ["Bucket__Endpoint"] = "" });

        Assert.Null(settings.Bucket.Name);
        Assert.Null(settings.Bucket.Endpoint);
    }

    [Fact]
    public void TryLoad_WrongValueOutranked_NotAFault()
    {
        _directory.Write("appsettings.json", """{ "Log": { "Level": "loud" } }""");

        var settings = _directory.Load(["--Log:Level=error"]);

        Assert.Equal(LogLevelName.Error, settings.Log.Level);
    }

    [Theory]
    [InlineData("--Server:Urls=http://*:1;http://*:2")]
    [InlineData("--Server:Urls", " http://*:1 ; http://*:2; ")]
    [InlineData("--Server:Urls:0=http://*:1", "--Server:Urls:1", "http://*:2")]
    public void TryLoad_ListOnTheCommandLine_ReplacesTheWholeOfTheFile(params string[] arguments)
    {
        _directory.Write("appsettings.json", """{ "Server": { "Urls": ["http://*:3", "http://*:4", "http://*:5"] } }""");

        var settings = _directory.Load(arguments);

        Assert.Equal(["http://*:1", "http://*:2"], settings.Server.Urls);
    }

    [Fact]
    public void TryLoad_FileWithMarkCommentsAndFlatNames_IsRead()
    {
        _directory.Write("appsettings.json", "\uFEFF{ /* flat */ \"Bucket:MaxConnections\": 7, \"Log\": { \"Access\": false, }, }");

        var settings = _directory.Load();

        Assert.Equal(7, settings.Bucket.MaxConnections);
        Assert.False(settings.Log.Access);
    }

    [Fact]
    public void TryLoad_EnvironmentOfOtherPrograms_IsIgnored()
    {
        var settings = _directory.Load(environment: new()
        {
            ["PATH"] = "/bin",
            ["Bucket"] = "s3",
            ["LOG_LEVEL"] = "loud",
            ["Logging__LogLevel__Default"] = "Debug",
            ["__"] = "",
        });

        Assert.Equal(LogLevelName.Information, settings.Log.Level);
    }

    [Theory]
    [InlineData("certificate.pem", "key.pem")]
    [InlineData("rsa-certificate.pem", "rsa-key.pem")]
    public void TryLoad_HttpsWithCertificateAndKey_IsAccepted(string certificate, string key)
    {
        var settings = _directory.Load(
            ["--Server:Urls=https://*:0;http://localhost:0", $"--Tls:CertificatePath={_keys.Path}/{certificate}", $"--Tls:KeyPath={_keys.Path}/{key}"]);

        Assert.Equal(Path.Combine(_keys.Path, key), settings.Tls.KeyPath);
    }

    [Fact]
    public void TryLoad_CertificateWithoutHttps_IsAccepted()
    {
        var settings = _directory.Load([$"--Tls:CertificatePath={_keys.Path}/certificate.pem", $"--Tls:KeyPath={_keys.Path}/key.pem"]);

        Assert.NotNull(settings.Tls.CertificatePath);
    }

    [Fact]
    public void TryLoad_PortZeroInEveryList_IsAccepted()
    {
        var settings = _directory.Load(
            ["--Server:Urls=http://127.0.0.1:0;http://127.0.0.1:0", "--Server:AdminUrls=http://127.0.0.1:0", "--Server:H2cUrls=http://127.0.0.1:0"]);

        Assert.Equal(2, settings.Server.Urls.Length);
    }

    [Fact]
    public void TryLoad_ReplicasInAFile_WithASecretFromTheEnvironment()
    {
        _directory.Write("appsettings.json", """
            { "Bucket": { "Kind": "s3", "Name": "a", "Replicas": [
              { "Kind": "s3", "Name": "b", "Region": "eu-central-1", "AccessKey": "key" },
              { "Path": "copy" } ] } }
            """);

        var settings = _directory.Load(environment: new() { ["Bucket__Replicas__0__SecretKey"] = "hunter2" });

        Assert.Equal(["b", null], settings.Resilience.Replicas.Select(replica => replica.Name));
        Assert.Equal(["eu-central-1", "us-east-1"], settings.Resilience.Replicas.Select(replica => replica.Region));
        Assert.Equal("hunter2", settings.Resilience.Replicas[0].SecretKey);
        Assert.Equal(Path.Combine(_directory.Path, "copy"), settings.Resilience.Replicas[1].Path);
        Assert.Contains(("Bucket:Replicas:0:SecretKey", "***"), ServerSettings.Describe(settings));
        Assert.DoesNotContain("hunter2", settings.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Describe_ReplicasGivenBackAsArguments_SameSettings()
    {
        var described = ServerSettings.Describe(_directory.Load(["--Bucket:Replicas:0:Path=/a", "--Bucket:Replicas:1:Path=/b"]));

        var again = _directory.Load([.. described.Select(pair => $"--{pair.Setting}={pair.Value}")]);

        Assert.Equal(described, ServerSettings.Describe(again));
    }

    [Fact]
    public void Describe_SecretsSet_MasksThem()
    {
        var settings = _directory.Load(["--Bucket:AccessKey=hunter2", "--Bucket:SecretKey=hunter2"]);

        var described = ServerSettings.Describe(settings);

        Assert.Contains(("Bucket:SecretKey", "***"), described);
        Assert.Contains(("Bucket:AccessKey", "***"), described);
        Assert.DoesNotContain(described, pair => pair.Value.Contains("hunter2", StringComparison.Ordinal));
        Assert.DoesNotContain("hunter2", settings.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Describe_Defaults_NamesEverySettingInWritableForm()
    {
        var described = ServerSettings.Describe(_directory.Load());

        Assert.Equal(ServerSettings.Schema.Settings.Select(setting => setting.Name), described.Select(pair => pair.Setting));
        Assert.Contains(("Bucket:Kind", "folder"), described);
        Assert.Contains(("Bucket:SecretKey", ""), described);
        Assert.Contains(("Server:KeepAliveTimeout", "75s"), described);
    }

    [Fact]
    public void Describe_GivenBackAsArguments_SameSettings()
    {
        var settings = _directory.Load(["--Bucket:Kind=s3", "--Bucket:Name=n", "--Server:Urls=http://*:1;http://[::1]:2", "--Site:PollInterval=00:01:30"]);
        var described = ServerSettings.Describe(settings);

        var again = _directory.Load([.. described.Select(pair => $"--{pair.Setting}={pair.Value}")]);

        Assert.Equal(described, ServerSettings.Describe(again));
    }

    [Fact]
    public void Read_NoFileInTheWorkingDirectory_ReadsTheOneBesideTheProgram()
    {
        using var program = new SettingsDirectory();
        program.Write("appsettings.json", """{ "Bucket": { "Name": "beside", "Knd": 1 } }""");

        var result = SettingsReader.Read(ServerSettings.Schema, [], _directory.Path, program.Path, new Dictionary<string, string>());

        Assert.Equal("beside", result.Bind<BucketOptions>("Bucket").Name);
        Assert.StartsWith($"Bucket:Knd ({program.Path}/appsettings.json line 1)", Assert.Single(result.Faults).ToString(), StringComparison.Ordinal);
    }
}
