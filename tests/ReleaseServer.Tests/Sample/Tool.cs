using System.Diagnostics;
using System.Text;

namespace ReleaseServer.Tests.Sample;

/// <summary>A program of the machine, to check with real decoders what was written. Absent, the test is skipped, or fails where all must run.</summary>
internal static class Tool
{
    public static void Require(params string[] names)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        var missing = names.Where(name => !folders.Any(folder => File.Exists(Path.Combine(folder, name)))).ToList();
        RequireThat(missing.Count == 0, $"not on this machine: {string.Join(", ", missing)}");
    }

    /// <summary>As <see cref="Require"/>, of anything else that the machine must have.</summary>
    public static void RequireThat(bool isThere, string reason)
    {
        if (!isThere && Environment.GetEnvironmentVariable("RELEASESERVER_TEST_STRICT") == "1")
        {
            Assert.Fail(reason);
        }

        Assert.SkipUnless(isThere, reason);
    }

    /// <summary>Runs a program to its end and fails unless its exit code is 0.</summary>
    /// <returns>What it wrote to its standard output.</returns>
    public static async Task<byte[]> RunAsync(string program, string[] arguments, byte[]? input = null)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardError = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        using var output = new MemoryStream();
        var reading = process.StandardOutput.BaseStream.CopyToAsync(output, cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.StandardInput.BaseStream.WriteAsync(input ?? [], cancellationToken);
        process.StandardInput.Close();
        await reading;
        await process.WaitForExitAsync(cancellationToken);
        Assert.True(process.ExitCode == 0, $"{program} exited with {process.ExitCode}: {await errors}");
        return output.ToArray();
    }

    public static async Task<string> LineOfAsync(string program, params string[] arguments) =>
        Encoding.UTF8.GetString(await RunAsync(program, arguments)).TrimEnd('\n');
}
