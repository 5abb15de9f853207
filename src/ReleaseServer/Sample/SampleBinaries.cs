namespace ReleaseServer.Sample;

/// <summary>What the binary and source tarballs hold: a <c>node</c> that runs wherever <c>/bin/sh</c> does, and tells its version.</summary>
internal static class SampleBinaries
{
    public const string License = """
        The files of this tree are stand-ins, made by ReleaseServer to try it with. They may be used for anything.

        """;

    private const string Npm = "lib/node_modules/npm/";

    public static IEnumerable<ArchiveMember> Tarball(SampleVersion version, string platform) =>
    [
        ArchiveMember.Text("CHANGELOG.md", $"# Changelog\n\n## {version.Date}, {version.Name}\n\n* A stand-in for the release.\n"),
        ArchiveMember.Text("LICENSE", License),
        ArchiveMember.Text("README.md", $"# A stand-in for Node.js {version.Name}\n\n`bin/node` tells its version and runs nothing.\n"),
        ArchiveMember.Program("bin/node", NodeScript(version, platform)),
        ArchiveMember.Link("bin/npm", "../" + Npm + "bin/npm-cli.js"),
        ArchiveMember.Link("bin/npx", "../" + Npm + "bin/npx-cli.js"),
        .. SampleHeaders.Core(version),
        ArchiveMember.Program(Npm + "bin/npm-cli.js", NpmScript("npm", version)),
        ArchiveMember.Program(Npm + "bin/npx-cli.js", NpmScript("npx", version)),
        NpmPackage(Npm, version),
        ArchiveMember.Text("share/man/man1/node.1", $".TH NODE 1\n.SH NAME\nnode \\- a stand-in for Node.js {version.Name}\n"),
    ];

    public static IEnumerable<ArchiveMember> WindowsZip(SampleVersion version) =>
    [
        ArchiveMember.Text("LICENSE", License),
        new ArchiveMember("node.exe", StandIn(version, "node.exe").Content),
        ArchiveMember.Text("npm.cmd", $"@ECHO {version.Npm}\r\n"),
        NpmPackage("node_modules/npm/", version),
    ];

    public static IEnumerable<ArchiveMember> Source(SampleVersion version)
    {
        yield return ArchiveMember.Text("LICENSE", License);
        yield return ArchiveMember.Text("Makefile", "all install:\n\t@echo 'A stand-in: there is nothing to build.'\n");
        yield return ArchiveMember.Program("configure", "#!/bin/sh\necho 'A stand-in: there is nothing to configure.'\n");
        if (version.Npm is not null)
        {
            yield return NpmPackage("deps/npm/", version);
        }

        yield return ArchiveMember.Text("src/node_version.h", SampleHeaders.NodeVersion(version));
    }

    /// <summary>A file that is there for its name: what it would be takes a Windows or macOS tool to make.</summary>
    public static SampleFile StandIn(SampleVersion version, string name) =>
        SampleFile.Text(name, $"A stand-in for {name} of Node.js {version.Name}.\n");

    /// <summary>Bytes that no compression makes smaller, always the same ones (xorshift64).</summary>
    public static byte[] Ballast(int length)
    {
        var bytes = new byte[length];
        var state = 0x9E3779B97F4A7C15;
        for (var i = 0; i < bytes.Length; i++)
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            bytes[i] = (byte)(state >> 32);
        }

        return bytes;
    }

    private static ArchiveMember NpmPackage(string folder, SampleVersion version) => ArchiveMember.Text(
        folder + "package.json",
        $$"""
        {
          "name": "npm",
          "version": "{{version.Npm}}",
          "bin": { "npm": "bin/npm-cli.js", "npx": "bin/npx-cli.js" }
        }

        """);

    // The questions that version managers and build tools ask a fresh node. A script handed to it runs if it is a shell script,
    // as this npm is: some tools call npm-cli.js through node.
    private static string NodeScript(SampleVersion version, string platform)
    {
        var parts = platform.Split('-');
        return $"""
            #!/bin/sh
            # A stand-in for node {version.Name}: it tells its version and runs nothing.
            case "$1" in
              -v | --version) echo '{version.Name}' ;;
              -[pe]* | --print | --eval)
                case "$2" in
                  *versions.node*) echo '{version.Name[1..]}' ;;
                  *versions.modules*) echo '{version.Modules}' ;;
                  *versions.v8*) echo '{version.V8}' ;;
                  *process.version*) echo '{version.Name}' ;;
                  *process.platform*) echo '{parts[0]}' ;;
                  *process.arch*) echo '{parts[1].Replace("armv7l", "arm", StringComparison.Ordinal).Replace("x86", "ia32", StringComparison.Ordinal)}' ;;
                  *) echo 'undefined' ;;
                esac ;;
              *)
                if [ -f "$1" ] && [ "$(head -n 1 "$1")" = '#!/bin/sh' ]; then
                  exec /bin/sh "$@"
                fi
                echo 'A stand-in for node {version.Name}: it runs no programs.' >&2
                exit 1 ;;
            esac

            """;
    }

    private static string NpmScript(string name, SampleVersion version) => $"""
        #!/bin/sh
        # A stand-in for {name} {version.Npm}: it tells its version and where it is installed.
        case "$*" in
          -v | --version | version) echo '{version.Npm}' ;;
          *prefix*) cd "$(dirname "$0")/.." && pwd ;;
          *)
            echo 'A stand-in for {name} {version.Npm}: it installs nothing.' >&2
            exit 1 ;;
        esac

        """;
}
