using System.Security.Cryptography;
using ReleaseServer.EndToEnd.Processes;
using ReleaseServer.EndToEnd.Sites;

namespace ReleaseServer.EndToEnd.Clients;

/// <summary>
/// What the tests of every client share: a site, an empty directory that is the client's home, and the files as they are in the bucket.
/// Each client's class is derived once per site, in the same file.
/// </summary>
public abstract class ClientTests : IDisposable
{
    /// <summary>A version with a codename, an archive that runs, and a headers tarball.</summary>
    protected const string Version = "v22.23.2";

    /// <summary>The newest version.</summary>
    protected const string Latest = "v26.7.0";

    /// <summary>A text that compresses and is no archive.</summary>
    protected const string IndexTab = "/dist/index.tab";

    private readonly TemporaryDirectory _home;

    protected ClientTests(ReleaseSite site)
    {
        // First: where it ends the test, nobody would remove the directory.
        site.Require();
        _home = new TemporaryDirectory();
        Address = site.Address;
    }

    /// <summary>The site's root, without a closing slash.</summary>
    protected string Address { get; }

    /// <summary>The client's home and working directory.</summary>
    protected string Home => _home.Path;

    /// <summary>The archive of <see cref="Version"/> for the machine the tests run on, such as <c>linux-x64</c>.</summary>
    protected static string Archive(string version, string extension) =>
        $"/dist/{version}/node-{version}-linux-{Architecture}.tar.{extension}";

    private static string Architecture =>
        System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();

    public void Dispose()
    {
        _home.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The file of a path below <c>/dist</c> or <c>/download</c>, no link in it, as the bucket has it.</summary>
    protected static async Task<string> SourceAsync(string path)
    {
        var tree = await ReleaseTree.GetAsync();
        var key = path.StartsWith("/dist/", StringComparison.Ordinal)
            ? $"nodejs/release/{path["/dist/".Length..]}"
            : $"nodejs/{path["/download/".Length..]}";
        return Path.Combine(tree, key);
    }

    protected static async Task<byte[]> ContentAsync(string path) =>
        await File.ReadAllBytesAsync(await SourceAsync(path), TestContext.Current.CancellationToken);

    /// <summary>Asserts that a downloaded file is the one of <paramref name="path"/>.</summary>
    protected async Task AssertSameAsync(string path, string downloaded)
    {
        var actual = await File.ReadAllBytesAsync(Path.Combine(Home, downloaded), TestContext.Current.CancellationToken);

        Assert.Equal(HashOf(await ContentAsync(path)), HashOf(actual));
    }

    /// <summary>Leaves the first <paramref name="length"/> bytes of a file in the client's home, as a broken download would.</summary>
    protected async Task LeavePartAsync(string path, string name, int length) =>
        await File.WriteAllBytesAsync(
            Path.Combine(Home, name), (await ContentAsync(path))[..length], TestContext.Current.CancellationToken);

    /// <summary>Runs a client in its home.</summary>
    private protected Task<CommandRun> RunAsync(string program, params IEnumerable<string> arguments) =>
        CommandRun.StartAsync(Find(program), Home, arguments);

    /// <summary>Finds a client; without it, the test ends here.</summary>
    private protected static string Find(string program) => Locate(static name => Requirement.Program(name), program);

    /// <summary>Finds a client that npm installed; without it, the test ends here.</summary>
    private protected static string FindNpm(string program) => Locate(static name => Requirement.NpmProgram(name), program);

    private static string Locate(Func<string, string> find, string program)
    {
        try
        {
            return find(program);
        }
        catch (RequirementMissingException exception)
        {
            Requirement.Missing(exception.Message);
            throw;
        }
    }

    private static string HashOf(byte[] content) => $"{content.Length} bytes {Convert.ToHexStringLower(SHA256.HashData(content))}";
}
