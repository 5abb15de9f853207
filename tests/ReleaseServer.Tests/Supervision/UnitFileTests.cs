using System.Diagnostics;

namespace ReleaseServer.Tests.Supervision;

/// <summary>The unit in <c>deploy/systemd</c>.</summary>
public sealed class UnitFileTests
{
    private const string Analyze = "/usr/bin/systemd-analyze";

    private static readonly string Folder = Path.Combine(Repository.Root, "deploy", "systemd");

    private static readonly string[] Lines = File.ReadAllLines(Path.Combine(Folder, "releaseserver.service"));

    [Theory]
    [InlineData("Type=notify")]
    [InlineData("NotifyAccess=main")]
    [InlineData("RestartPreventExitStatus=78")]
    [InlineData("Restart=always")]
    [InlineData("NoNewPrivileges=yes")]
    public void Unit_Line_IsThere(string line) => Assert.Contains(line, Lines);

    [Theory]
    [InlineData("releaseserver.service")]
    [InlineData("releaseserver-status.service")]
    [InlineData("releaseserver-statistics.service")]
    [InlineData("releaseserver-statistics.timer")]
    [InlineData("releaseserver-replicate.service")]
    public async Task Unit_SystemdAnalyze_FindsNoFault(string name)
    {
        Assert.SkipUnless(File.Exists(Analyze), "systemd is not installed");
        var directory = Directory.CreateTempSubdirectory("release-server-unit-");
        try
        {
            // The program need not be installed where it is verified. A timer is verified with its service.
            foreach (var file in Directory.GetFiles(Folder))
            {
                var text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
                await File.WriteAllTextAsync(
                    Path.Combine(directory.FullName, Path.GetFileName(file)),
                    text.Replace("/opt/releaseserver/ReleaseServer", "/bin/true", StringComparison.Ordinal),
                    TestContext.Current.CancellationToken);
            }

            var unit = Path.Combine(directory.FullName, name);
            using var process = Process.Start(new ProcessStartInfo(Analyze, ["verify", unit]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);

            Assert.Equal((0, "", ""), (process.ExitCode, error, await output));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
