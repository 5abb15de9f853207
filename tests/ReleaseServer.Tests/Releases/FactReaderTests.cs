using ReleaseServer.Releases;

namespace ReleaseServer.Tests.Releases;

/// <summary>Files as the tarballs of real versions hold them, cut to the lines that count.</summary>
public sealed class FactReaderTests
{
    [Theory]
    [InlineData("include/node/openssl/opensslv.h", "# define OPENSSL_VERSION_TEXT    \"OpenSSL 1.0.2s-fips  28 May 2019\"\n# else\n# define OPENSSL_VERSION_TEXT \"OpenSSL 1.0.2s  28 May 2019\"", "1.0.2s")]
    [InlineData("include/node/openssl/opensslv.h", "# define OPENSSL_VERSION_NUMBER  0x1010117fL\n# define OPENSSL_VERSION_TEXT    \"OpenSSL 1.1.1w+quic  11 Sep 2023\"", "1.1.1w+quic")]
    [InlineData("include/node/openssl/archs/linux-x86_64/asm/include/openssl/opensslv.h", "# define OPENSSL_VERSION_TEXT \"OpenSSL 3.0.15+quic 3 Sep 2024\"", "3.0.15+quic")]
    [InlineData("include/node/openssl/archs/BSD-x86/asm/include/openssl/opensslv.h", "# define OPENSSL_FULL_VERSION_STR \"3.5.4\"", "3.5.4")]
    [InlineData("deps/openssl/openssl/crypto/opensslv.h", "#define OPENSSL_VERSION_TEXT\t\"OpenSSL 1.0.1u  22 Sep 2016\"", "1.0.1u")]
    [InlineData("include/node/openssl/opensslv.h", "#if defined(OPENSSL_NO_ASM)\n# include \"./opensslv_no-asm.h\"\n#else\n# include \"./opensslv_asm.h\"\n#endif", null)]
    public void OpenSsl_BothStyles(string path, string text, string? expected) => Assert.Equal(expected, Read((path, text)).Facts.OpenSsl);

    [Theory]
    [InlineData("include/node/node_version.h", "#define NODE_MODULE_VERSION 127", "127")]
    [InlineData("include/node/node_version.h", "#if defined(NODE_EMBEDDER_MODULE_VERSION)\n#define NODE_MODULE_VERSION NODE_EMBEDDER_MODULE_VERSION\n#else\n#define NODE_MODULE_VERSION 131\n#endif", "131")]
    [InlineData("src/node_version.h", "#define NODE_MODULE_VERSION 0x000B /* v0.10.x */", "11")]
    [InlineData("src/node.h", "#define NODE_MODULE_VERSION (1)", "1")]
    [InlineData("src/node.h", "#define NODE_MODULE_VERSION_OTHER 7", null)]
    public void Modules_EveryForm(string path, string text, string? expected) => Assert.Equal(expected, Read((path, text)).Facts.Modules);

    [Theory]
    [InlineData("include/node/uv/version.h", "#define UV_VERSION_MAJOR 1\n#define UV_VERSION_MINOR 51\n#define UV_VERSION_PATCH 0\n#define UV_VERSION_IS_RELEASE 1", "1.51.0")]
    [InlineData("deps/uv/include/uv.h", "#define UV_VERSION_MAJOR 0\n#define UV_VERSION_MINOR 8", "0.8")]
    [InlineData("include/node/uv-version.h", "#define UV_VERSION_MINOR 8", null)]
    public void Uv_EveryForm(string path, string text, string? expected) => Assert.Equal(expected, Read((path, text)).Facts.Uv);

    [Theory]
    [InlineData("include/node/v8-version.h", "#define V8_MAJOR_VERSION 12\n#define V8_MINOR_VERSION 4\n#define V8_BUILD_NUMBER 254\n#define V8_PATCH_LEVEL 21", "12.4.254.21")]
    [InlineData("deps/v8/src/version.cc", "#define MAJOR_VERSION     3\n#define MINOR_VERSION     14\n#define BUILD_NUMBER      5\n#define PATCH_LEVEL       11", "3.14.5.11")]
    [InlineData("include/node/v8-version.h", "#define V8_MAJOR_VERSION 12", null)]
    public void V8_EveryForm(string path, string text, string? expected) => Assert.Equal(expected, Read((path, text)).Facts.V8);

    [Fact]
    public void Zlib_WithChromiumsSuffix() =>
        Assert.Equal("1.3.0.1-motley", Read(("include/node/zlib.h", "#define ZLIB_VERSION \"1.3.0.1-motley\"\n#define ZLIB_VERNUM 0x1301")).Facts.Zlib);

    [Theory]
    [InlineData("#define NODE_VERSION_IS_LTS 1\n#define NODE_VERSION_LTS_CODENAME \"Jod\"", true, "Jod")]
    [InlineData("#define NODE_VERSION_IS_LTS 0\n#define NODE_VERSION_LTS_CODENAME \"\"", true, null)]
    [InlineData("#define NODE_MODULE_VERSION 14", false, null)]
    public void Lts_NoWordOfIt_IsNotKnown(string text, bool isKnown, string? codename)
    {
        var lts = Read(("include/node/node_version.h", text)).Facts.Lts;

        Assert.Equal((isKnown, codename), (lts.HasValue, lts?.Codename));
    }

    [Theory]
    [InlineData("lib/node_modules/npm/package.json", """{"name":"npm","version":"10.9.8"}""", "10.9.8")]
    [InlineData("deps/npm/package.json", """{"version":"1.1.59"}""", "1.1.59")]
    [InlineData("lib/node_modules/npm/package.json", """{"version":7}""", null)]
    [InlineData("lib/node_modules/npm/package.json", "{", null)]
    [InlineData("lib/node_modules/npm/node_modules/abbrev/package.json", """{"version":"3.0.0"}""", null)]
    public void Npm_ItsOwnPackageAlone(string path, string text, string? expected) => Assert.Equal(expected, Read((path, text)).Facts.Npm);

    [Fact]
    public void Read_SecondFileOfAKind_TheFirstDecides()
    {
        var reader = Read(
            ("include/node/openssl/archs/a/opensslv.h", "# define OPENSSL_VERSION_TEXT \"OpenSSL 3.0.15+quic 3 Sep 2024\""),
            ("include/node/openssl/archs/b/opensslv.h", "# define OPENSSL_VERSION_TEXT \"OpenSSL 9.9.9 3 Sep 2024\""));

        Assert.Equal("3.0.15+quic", reader.Facts.OpenSsl);
        Assert.False(reader.Wants("include/node/openssl/archs/c/opensslv.h"));
    }

    [Fact]
    public void Number_OfNodeVersion() => Assert.Equal(
        "26.7.0",
        Read(("include/node/node_version.h", "#define NODE_MAJOR_VERSION 26\n#define NODE_MINOR_VERSION 7\n#define NODE_PATCH_VERSION 0")).Number);

    private static FactReader Read(params (string Path, string Text)[] files)
    {
        var reader = new FactReader();
        foreach (var (path, text) in files)
        {
            reader.Read(path, text);
        }

        return reader;
    }
}
