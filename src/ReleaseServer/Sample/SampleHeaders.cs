namespace ReleaseServer.Sample;

/// <summary>The files of <c>include/node</c>: what node-gyp wants to find there, and the facts that an index is built of.</summary>
/// <remarks>One layout for every era, that of today, so that a reader of the sample tree needs one rule.</remarks>
internal static class SampleHeaders
{
    private const string Folder = "include/node/";

    /// <summary>Everything in the headers tarball.</summary>
    public static IEnumerable<ArchiveMember> All(SampleVersion version) =>
    [
        .. Core(version),
        ArchiveMember.Text(Folder + "js_native_api.h", Guarded("SRC_JS_NATIVE_API_H_", "typedef struct napi_env__* napi_env;")),
        ArchiveMember.Text(Folder + "node_api.h", Guarded("SRC_NODE_API_H_", "#include \"js_native_api.h\"")),
        ArchiveMember.Text(Folder + "openssl/opensslv.h", OpenSslVersion(version)),
        ArchiveMember.Text(Folder + "uv/version.h", UvVersion(version)),
        ArchiveMember.Text(Folder + "v8-version.h", V8Version(version)),
        ArchiveMember.Text(Folder + "zlib.h", Guarded("ZLIB_H", $"#define ZLIB_VERSION \"{version.Zlib}\"")),
    ];

    /// <summary>The part that the binary tarballs hold too; the real ones hold all of it, these stay small.</summary>
    public static IEnumerable<ArchiveMember> Core(SampleVersion version) =>
    [
        ArchiveMember.Text(Folder + "common.gypi", CommonGypi),
        ArchiveMember.Text(Folder + "config.gypi", ConfigGypi(version)),
        ArchiveMember.Text(Folder + "node.h", Guarded("SRC_NODE_H_", "#include \"node_version.h\"")),
        ArchiveMember.Text(Folder + "node_version.h", NodeVersion(version)),
    ];

    public static string NodeVersion(SampleVersion version) => Guarded(
        "SRC_NODE_VERSION_H_",
        $"""
        #define NODE_MAJOR_VERSION {version.Major}
        #define NODE_MINOR_VERSION {version.Minor}
        #define NODE_PATCH_VERSION {version.Patch}

        #define NODE_VERSION_IS_LTS {(version.Lts is null ? 0 : 1)}
        #define NODE_VERSION_LTS_CODENAME "{version.Lts}"

        #define NODE_VERSION_IS_RELEASE {(version.Channel == SampleVersions.Release ? 1 : 0)}
        #define NODE_TAG "{version.Name[$"v{version.Major}.{version.Minor}.{version.Patch}".Length..]}"
        #define NODE_VERSION "{version.Name}"

        #define NODE_MODULE_VERSION {version.Modules}
        """);

    private const string CommonGypi = """
        {
          'variables': { 'visibility%': 'hidden', 'build_type%': 'Release' },
          'target_defaults': {
            'default_configuration': 'Release',
            'configurations': { 'Debug': {}, 'Release': {} },
          },
        }

        """;

    // Read by node-gyp as JSON once the comment is gone and the quotes are doubled; hence no comma at the ends.
    private static string ConfigGypi(SampleVersion version) => $$"""
        # Made for the sample tree, in the shape that a configure script leaves it.
        {
          'target_defaults': { 'cflags': [], 'default_configuration': 'Release', 'defines': [], 'include_dirs': [], 'libraries': [] },
          'variables': {
            'host_arch': 'x64',
            'napi_build_version': '{{(version.Major >= 18 ? 9 : 0)}}',
            'node_module_version': {{version.Modules}},
            'node_prefix': '/',
            'node_shared': 'false',
            'target_arch': 'x64',
            'v8_enable_i18n_support': 1
          }
        }

        """;

    private static string UvVersion(SampleVersion version)
    {
        var parts = version.Uv?.Split('.') ?? ["0", "0", "0"];
        return Guarded(
            "UV_VERSION_H",
            $"""
            #define UV_VERSION_MAJOR {parts[0]}
            #define UV_VERSION_MINOR {parts[1]}
            #define UV_VERSION_PATCH {parts[2]}
            #define UV_VERSION_IS_RELEASE 1
            """);
    }

    private static string V8Version(SampleVersion version)
    {
        var parts = version.V8.Split('.');
        return Guarded(
            "V8_INCLUDE_VERSION_H_",
            $"""
            #define V8_MAJOR_VERSION {parts[0]}
            #define V8_MINOR_VERSION {parts[1]}
            #define V8_BUILD_NUMBER {parts[2]}
            #define V8_PATCH_LEVEL {parts[3]}
            """);
    }

    private static string OpenSslVersion(SampleVersion version) => Guarded(
        "OPENSSL_OPENSSLV_H",
        $"# define OPENSSL_VERSION_TEXT \"OpenSSL {version.OpenSsl} {version.Released:d MMM yyyy}\"");

    private static string Guarded(string guard, string body) => $"#ifndef {guard}\n#define {guard}\n\n{body}\n\n#endif  // {guard}\n";
}
