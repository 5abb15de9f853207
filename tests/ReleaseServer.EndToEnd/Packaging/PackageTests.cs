using System.Net;
using System.Text.RegularExpressions;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ReleaseServer.EndToEnd.Metrics;
using ReleaseServer.EndToEnd.Processes;

namespace ReleaseServer.EndToEnd.Packaging;

/// <summary>
/// What <c>deploy/package/build.sh</c> makes of the built program, installed by dpkg below a directory, with a database of its own: nothing
/// of this machine is touched, and the scripts of the package run.
/// </summary>
public sealed partial class PackageTests
{
    // Of the range that systemd takes for DynamicUser: nobody's, and with no rights but to what it is given.
    private const string ServiceUser = "61184";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Package_Twice_NamedByTheVersionAndTheSameBytes()
    {
        using var home = new TemporaryDirectory();

        await BuildAsync(home, "one", "1.2.3-rc.1");
        await BuildAsync(home, "two", "1.2.3-rc.1");

        string[] names = ["SHA256SUMS", "releaseserver-1.2.3-rc.1-linux-x64.tar.gz", "releaseserver_1.2.3~rc.1_amd64.deb"];
        Assert.Equal(names, Directory.GetFiles(home["one"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        foreach (var name in names)
        {
            Assert.Equal(await File.ReadAllBytesAsync(home[$"one/{name}"], Token), await File.ReadAllBytesAsync(home[$"two/{name}"], Token));
        }

        Assert.Equal("1.2.3~rc.1", (await RunAsync(home, "dpkg-deb", "--field", home["one/" + names[2]], "Version")).Output.Trim());
        (await CommandRun.StartAsync(Requirement.Program("sha256sum"), home["one"], ["--check", "SHA256SUMS"])).Expect(0);
    }

    [Fact]
    public async Task Package_AVersionThatIsNone_RefusedWithTheReason()
    {
        using var home = new TemporaryDirectory();

        var run = await CommandRun.StartAsync(Requirement.Program("bash"), home.Path, [Script, "--from", Built, "--out", home["out"], "--version", "1.2"]);

        Assert.Equal(1, run.ExitCode);
        Assert.Equal("deploy/package/build.sh: a version is written 1.2.3 or 1.2.3-rc.1, is '1.2'", run.Error.Trim());
    }

    [Fact]
    public async Task Package_InstalledUpgradedRemovedPurged_SettingsStayUntilThePurge()
    {
        using var home = new TemporaryDirectory();
        var root = MakeRoot(home);
        var settings = Path.Combine(root, "etc", "releaseserver", "settings.json");

        await InstallAsync(home, await BuildAsync(home, "old", "1.0.0"));
        await File.WriteAllTextAsync(settings, "{ \"Log\": { \"Level\": \"warning\" } }", Token);
        Directory.CreateDirectory(Path.Combine(root, "var", "cache", "private", "releaseserver"));
        await File.WriteAllTextAsync(Path.Combine(root, "var", "cache", "private", "releaseserver", "kept"), "x", Token);
        await InstallAsync(home, await BuildAsync(home, "new", "1.1.0"));

        Assert.Equal("1.1.0", (await DpkgAsync(home, "--status", "releaseserver")).Output.Split('\n').Single(static line => line.StartsWith("Version: ", StringComparison.Ordinal))[9..]);
        Assert.Contains("warning", await File.ReadAllTextAsync(settings, Token), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(root, "var", "cache", "private", "releaseserver", "kept")));

        await DpkgAsync(home, "--remove", "releaseserver");
        Assert.True(File.Exists(settings));
        Assert.False(Directory.Exists(Path.Combine(root, "opt", "releaseserver")));

        await DpkgAsync(home, "--purge", "releaseserver");
        Assert.False(Directory.Exists(Path.GetDirectoryName(settings)));
        Assert.False(Directory.Exists(Path.Combine(root, "var", "cache", "private", "releaseserver")));
    }

    [Fact]
    public async Task Package_Installed_WholeWithUnitsWhoseFilesAreThere()
    {
        using var home = new TemporaryDirectory();
        var root = MakeRoot(home);
        var package = await BuildAsync(home, "out", "1.0.0");

        await InstallAsync(home, package);

        Assert.Equal("", (await DpkgAsync(home, "--verify", "releaseserver")).Output);
        var contents = (await RunAsync(home, "dpkg-deb", "--contents", package)).Output.TrimEnd();
        Assert.DoesNotMatch("(?m)^(?!.{10} root/root )", contents);
        Assert.Matches(@"(?m)^-rw-r--r-- root/root .* \./etc/releaseserver/settings\.json$", contents);
        Assert.Equal("/etc/releaseserver/settings.json\n", (await RunAsync(home, "dpkg-deb", "--info", package, "conffiles")).Output);
        var units = Directory.GetFiles(Path.Combine(root, "lib", "systemd", "system"));
        Assert.Equal(Directory.GetFiles(Path.Combine(Repository.Root, "deploy", "systemd")).Length, units.Length);
        foreach (var unit in units)
        {
            foreach (Match match in InstalledFile().Matches(await File.ReadAllTextAsync(unit, Token)))
            {
                Assert.True(File.Exists(root + match.Value), $"{Path.GetFileName(unit)} names {match.Value}");
            }
        }
    }

    [Fact]
    public async Task Package_AsTheServiceUser_ServesAndTheImagesHealthCheckSaysSo()
    {
        using var home = new TemporaryDirectory();
        var root = MakeRoot(home);
        await InstallAsync(home, await BuildAsync(home, "out", "1.0.0"));
        var state = Directory.CreateDirectory(home["state"]).FullName;
        string[] command = [Path.Combine(root, "opt", "releaseserver", "ReleaseServer"), "serve", "--Server:Urls=http://127.0.0.1:0", "--Server:AdminUrls=http://127.0.0.1:0"];
        if (Environment.UserName == "root")
        {
            await RunAsync(home, "chmod", "o+x", home.Path);
            await RunAsync(home, "chown", ServiceUser, state);
            command = [Requirement.Program("setpriv"), $"--reuid={ServiceUser}", $"--regid={ServiceUser}", "--clear-groups", "--no-new-privs", .. command];
        }

        var (server, ready) = await Daemon.StartAsync(CommandRun.Describe(command[0], state, command[1..], null), AdminLine());

        await using (server)
        {
            using var client = new HttpClient();
            var address = new Uri(PublicLine().Match(server.Log).Groups["address"].Value);
            var admin = new Uri(ready.Groups["address"].Value);
            using var answer = await client.GetAsync(new Uri(address, "/dist/index.json"), Token);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(0, await HealthAsync(home, admin));
            Assert.Equal(0, await server.StopAsync());
            Assert.NotEqual(0, await HealthAsync(home, admin));
        }
    }

    [Fact]
    public async Task Package_Upgraded_SettingsAreThoseOfBeforeAndTheCacheAnswersWithoutItsBucket()
    {
        using var home = new TemporaryDirectory();
        var root = MakeRoot(home);
        await InstallAsync(home, await BuildAsync(home, "old", "1.0.0"));
        var large = new byte[3 << 20];
        Random.Shared.NextBytes(large);
        var bucket = Directory.CreateDirectory(home["bucket/nodejs/release/v1.0.0"]).FullName;
        await File.WriteAllBytesAsync(Path.Combine(bucket, "large.bin"), large, Token);
        await WriteSettingsAsync(root, $$"""{ "Bucket": { "Path": "{{home["bucket"]}}" }, "Cache": { "Path": "{{home["cache"]}}" }, "Site": { "StatePath": "{{home["state"]}}" }, "Status": { "Title": "kept" } }""");
        (await RunInstalledAsync(home, root, "links")).Expect(0);
        var (old, oldAddress, _) = await ServeInstalledAsync(home, root);
        await using (old)
        {
            Assert.Equal(large, await GetAsync(oldAddress, "/dist/v1.0.0/large.bin"));
            Assert.Equal(0, await old.StopAsync());
        }

        await InstallAsync(home, await BuildAsync(home, "new", "1.1.0"));
        Directory.Move(home["bucket"], home["bucket-away"]);

        var (upgraded, address, admin) = await ServeInstalledAsync(home, root);
        await using (upgraded)
        {
            Assert.Equal(large, await GetAsync(address, "/dist/v1.0.0/large.bin"));
            Assert.Contains("\"Status:Title\": \"kept\"", System.Text.Encoding.UTF8.GetString(await GetAsync(admin, "/site")), StringComparison.Ordinal);
            Assert.Equal(0, await upgraded.StopAsync());
        }
    }

    [Fact]
    public async Task Package_InstalledBeforeAStore_GreenAndScrapedByPrometheus()
    {
        using var home = new TemporaryDirectory();
        var root = MakeRoot(home);
        await InstallAsync(home, await BuildAsync(home, "out", "1.0.0"));
        var (endpoint, accessKey, secretKey) = (
            Requirement.Variable("RELEASESERVER_TEST_S3_ENDPOINT"), Requirement.Variable("RELEASESERVER_TEST_S3_ACCESS_KEY"), Requirement.Variable("RELEASESERVER_TEST_S3_SECRET_KEY"));
        var name = $"package-{Guid.NewGuid():N}";
        await MakeBucketAsync(endpoint, accessKey, secretKey, name);
        await WriteSettingsAsync(
            root,
            $$"""
            {
              "Bucket": { "Kind": "s3", "Endpoint": "{{endpoint}}", "Name": "{{name}}", "AccessKey": "{{accessKey}}", "SecretKey": "{{secretKey}}" },
              "Cache": { "Path": "{{home["cache"]}}" }, "Site": { "StatePath": "{{home["state"]}}" }, "Status": { "Interval": "1s", "Path": "{{home["status"]}}" }
            }
            """);
        (await RunInstalledAsync(home, root, "links")).Expect(0);
        (await RunInstalledAsync(home, root, "catalog")).Expect(0);

        var (server, _, admin) = await ServeInstalledAsync(home, root);
        await using (server)
        {
            // Green once it has looked at itself.
            CommandRun status;
            do
            {
                Token.ThrowIfCancellationRequested();
                status = await RunInstalledAsync(home, root, "status", "--node", admin.OriginalString);
            }
            while (status.Output.Split('\n').Length < 5);

            status.Expect(0);
            Assert.All(status.Output.Trim().Split('\n'), static line => Assert.StartsWith("Operational ", line, StringComparison.Ordinal));
            Assert.Equal(1, await PrometheusTests.ScrapeAsync(home, admin, "min(releaseserver_component_state{state=\"operational\"})"));
            Assert.Equal(0, await server.StopAsync());
        }
    }

    private static string Script => Path.Combine(Repository.Root, "deploy", "package", "build.sh");

    private static string Built => Path.GetDirectoryName(Repository.ServerAssembly)!;

    /// <summary>Packs the built program, which takes seconds where publishing would take a minute.</summary>
    /// <returns>The Debian package.</returns>
    private static async Task<string> BuildAsync(TemporaryDirectory home, string to, string version)
    {
        Requirement.Program("dpkg-deb");
        await RunAsync(home, "bash", Script, "--from", Built, "--out", home[to], "--version", version);
        return Directory.GetFiles(home[to], "*.deb").Single();
    }

    private static string MakeRoot(TemporaryDirectory home)
    {
        var root = Directory.CreateDirectory(home["root"]).FullName;
        foreach (var name in new[] { "info", "updates", "triggers" })
        {
            Directory.CreateDirectory(Path.Combine(root, "var", "lib", "dpkg", name));
        }

        File.WriteAllText(Path.Combine(root, "var", "lib", "dpkg", "status"), "");
        File.WriteAllText(Path.Combine(root, "var", "lib", "dpkg", "available"), "");
        return root;
    }

    private static Task<CommandRun> InstallAsync(TemporaryDirectory home, string package) => DpkgAsync(home, "--install", package);

    // Dependencies are those of this machine, and scripts run outside of the root, which holds no shell.
    private static Task<CommandRun> DpkgAsync(TemporaryDirectory home, params string[] arguments) => RunAsync(
        home,
        "dpkg",
        [$"--root={home["root"]}", $"--log={home["dpkg.log"]}", "--force-depends", "--force-script-chrootless", "--force-not-root", "--force-bad-path", "--force-confold", .. arguments]);

    private static async Task<CommandRun> RunAsync(TemporaryDirectory home, string program, params string[] arguments) =>
        (await CommandRun.StartAsync(Requirement.Program(program), home.Path, arguments)).Expect(0);

    private static string InstalledProgram(string root) => Path.Combine(root, "opt", "releaseserver", "ReleaseServer");

    // As the conffile that the unit names.
    private static Task WriteSettingsAsync(string root, string json) =>
        File.WriteAllTextAsync(Path.Combine(root, "etc", "releaseserver", "settings.json"), json, Token);

    private static Task<CommandRun> RunInstalledAsync(TemporaryDirectory home, string root, string verb, params string[] arguments) =>
        CommandRun.StartAsync(InstalledProgram(root), home.Path, [verb, "--config", Path.Combine(root, "etc", "releaseserver", "settings.json"), .. arguments]);

    private static async Task<(Daemon Server, Uri Address, Uri Admin)> ServeInstalledAsync(TemporaryDirectory home, string root)
    {
        string[] arguments =
        [
            "serve", "--config", Path.Combine(root, "etc", "releaseserver", "settings.json"), "--Server:Urls=http://127.0.0.1:0", "--Server:AdminUrls=http://127.0.0.1:0",
            $"--Downloads:Path={home["downloads"]}",
        ];
        var (server, ready) = await Daemon.StartAsync(CommandRun.Describe(InstalledProgram(root), home.Path, arguments, null), AdminLine());
        return (server, new Uri(PublicLine().Match(server.Log).Groups["address"].Value), new Uri(ready.Groups["address"].Value));
    }

    private static async Task<byte[]> GetAsync(Uri address, string path)
    {
        using var client = new HttpClient();
        return await client.GetByteArrayAsync(new Uri(address, path), Token);
    }

    private static async Task MakeBucketAsync(string endpoint, string accessKey, string secretKey, string name)
    {
        var settings = new AmazonS3Config
        {
            ServiceURL = endpoint,
            ForcePathStyle = true,
            AuthenticationRegion = "us-east-1",
            // Older gateways know no checksum behind the body.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        using var s3 = new AmazonS3Client(new BasicAWSCredentials(accessKey, secretKey), settings);
        await s3.PutBucketAsync(name, Token);
        foreach (var (key, content) in new[] { ("nodejs/release/index.json", "[]"), ("nodejs/release/v1.0.0/SHASUMS256.txt", "") })
        {
            await s3.PutObjectAsync(new PutObjectRequest { BucketName = name, Key = key, ContentBody = content, UseChunkEncoding = false }, Token);
        }
    }

    /// <summary>What the container engine would run, against this server.</summary>
    private static async Task<int> HealthAsync(TemporaryDirectory home, Uri admin)
    {
        var file = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "deploy", "docker", "Dockerfile"), Token);
        var command = System.Text.Json.JsonSerializer.Deserialize<string[]>(HealthCheck().Match(file).Groups["command"].Value)!;
        var environment = new Dictionary<string, string> { ["ADMIN_PORT"] = admin.Port.ToString(System.Globalization.CultureInfo.InvariantCulture) };
        return (await CommandRun.StartAsync(command[0], home.Path, command[1..], environment)).ExitCode;
    }

    [GeneratedRegex(@"(?m)^HEALTHCHECK (?:.*\\\n)?\s+CMD (?<command>\[.*\])$")]
    private static partial Regex HealthCheck();

    [GeneratedRegex(@"/opt/releaseserver/[A-Za-z0-9_./-]*[A-Za-z0-9]")]
    private static partial Regex InstalledFile();

    [GeneratedRegex(@"Public: listening on (?<address>http://[^\s"",]+)")]
    private static partial Regex PublicLine();

    [GeneratedRegex(@"Admin: listening on (?<address>http://[^\s"",]+)")]
    private static partial Regex AdminLine();
}
