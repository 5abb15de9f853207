using ReleaseServer.Site;

namespace ReleaseServer.Tests.Site;

public sealed class SiteDataLoaderTests : IDisposable
{
    private const string Routes = """{ "format": 1, "routes": [ { "path": "/files/", "key": "" } ] }""";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("site-data-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Load_RoutesAlone_NothingOfNodeIsInherited()
    {
        Write("routes.json", Routes);

        var data = SiteDataLoader.Load(_directory.FullName);

        Assert.Empty(data.Redirects.Redirects);
        Assert.Empty(data.Releases.Channels);
        Assert.Same(FreshnessRules.Neutral, data.Freshness);
        Assert.Equal("application/zip", data.MediaTypes.Of("a.zip"));
    }

    [Fact]
    public void Load_FaultsInSeveralFiles_AllNamedAtOnce()
    {
        Write("routes.json", """{ "format": 1, "routes": [ { "path": "/a/", "key": "x" }, { "path": "b", "key": "y" }, { "path": "/a/c", "key": "z" } ] }""");
        Write("redirects.json", """{ "format": 1, "redirects": [ { "from": "/a*b", "to": "/c", "status": 303 }, { "from": "/x" } ] }""");
        Write("media-types.json", """{ "format": 1, "default": "text", "types": { "a/b": ["x"], "c/d": ["X"] } }""");
        Write("releases.json", """{ "format": 1, "channels": [ { "directory": "r/", "versions": "v", "lines": [ { "link": "a/{b}" } ] } ] }""");

        var faults = Faults();

        Assert.Equal(
            [
                "routes.json: routes[0]: key must be empty or end in a slash, as path does, and not begin with one; is 'x'",
                "routes.json: routes[1]: path must begin with one slash, is 'b'",
                "routes.json: routes[2]: /a/c is never reached: /a/ stands before it",
                "redirects.json: redirects[0]: from must be a path, with a * at its end or none; is '/a*b'",
                "redirects.json: redirects[0]: status must be 301, 302, 307 or 308",
                "redirects.json: redirects[1]: to is missing",
                "media-types.json: types: extension X has two types, a/b and c/d",
                "media-types.json: 'text' is not a media type, such as text/plain",
                "releases.json: channels[0].lines[0]: link must be a name in the channel's directory, is 'a/{b}'",
                "releases.json: channels[0].lines[0]: link may name only {major} {minor}, is 'a/{b}'",
                "releases.json: channels[0]: directory must be the key of something that is served, without a slash at either end; is 'r/'",
                "releases.json: channels[0]: versions must be a name with {version} in it once, such as v{version}; is 'v'",
            ],
            faults);
    }

    [Theory]
    [InlineData("{", "routes.json: line 1: is not JSON")]
    [InlineData("[]", "routes.json: must be one JSON object")]
    [InlineData("""{ "format": 1, "routes": [ { "path": "/\ud800/", "key": "a/" } ] }""", "routes.json: holds half a character")]
    [InlineData("""{ "format": 1, "\udc00": 1 }""", "routes.json: holds half a character")]
    [InlineData("""{ "format": 2, "routes": [] }""", "routes.json: format must be 1, is 2")]
    [InlineData("""{ "routes": [] }""", "routes.json: format must be 1, is absent")]
    [InlineData("""{ "format": 1, "routes": [] }""", "routes.json: routes must hold at least one row")]
    [InlineData("""{ "format": 1, "routes": 7 }""", "routes.json: routes must be an array")]
    [InlineData("""{ "format": 1, "routes": [ 7 ] }""", "routes.json: routes[0]: must be an object")]
    [InlineData("""{ "format": 1, "routes": [ { "path": "/a/", "key": "a/", "listign": true } ] }""", "routes.json: routes[0]: listign is not known here")]
    [InlineData("""{ "format": 1, "routes": [ { "path": "/a/", "key": "a/", "listing": "no" } ] }""", "routes.json: routes[0]: listing must be true or false")]
    [InlineData("""{ "format": 1, "routes": [ { "path": "/a/", "key": "a/", "status": 204 } ] }""", "routes.json: routes[0]: must have either a key or a status")]
    [InlineData("""{ "format": 1, "routes": [ { "path": "/a/" } ] }""", "routes.json: routes[0]: must have either a key or a status")]
    [InlineData("""{ "format": 1, "routes": [ { "path": "/a", "key": "a/" } ] }""", "routes.json: routes[0]: key must name one object")]
    [InlineData("""{ "format": 1, "routes": [ { "path": "/a/", "key": "a/", "fields": { "X Y": "z" } } ] }""", "routes.json: routes[0].fields: X Y is not a header field")]
    public void Load_BadRoutes_FaultNamesFileAndRow(string routes, string expected)
    {
        Write("routes.json", routes);

        var faults = Faults();

        Assert.Contains(faults, fault => fault.StartsWith(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Load_NoRoutesFile_SaysWhereItLooked()
    {
        var faults = Faults();

        Assert.Equal([$"routes.json: is missing in {_directory.FullName}; it is the one file that must be there (docs/site-data.md)"], faults);
    }

    [Fact]
    public void Load_FileOfAnUnknownName_FaultNamesTheKnownOnes()
    {
        Write("routes.json", Routes);
        Write("redirect.json", "{}");
        Write("README.md", "# Ours");

        var faults = Faults();

        Assert.Equal(
            [$"redirect.json: is not known in {_directory.FullName}; known are routes.json, redirects.json, media-types.json, releases.json, freshness.json"],
            faults);
    }

    [Theory]
    [InlineData("""{ "link": "r/{newest}", "target": "r/x" }""", "link may name only {latest}")]
    [InlineData("""{ "link": "r/x", "target": "r/{line}" }""", "target may name only {latest}")]
    [InlineData("""{ "link": "r/x", "target": "r/y", "from": "1.0" }""", "from and to go with each: version")]
    [InlineData("""{ "link": "r/x", "target": "r/y", "each": "day" }""", "each must be line or version, is 'day'")]
    [InlineData("""{ "link": "r/x", "target": "r/y", "each": "version", "from": "v1" }""", "from must be numbers with dots, such as 0.10; is 'v1'")]
    public void Load_BadLinkRule_FaultNamesIt(string rule, string expected)
    {
        Write("routes.json", Routes);
        Write("releases.json", $$"""
            { "format": 1, "channels": [ { "directory": "r", "versions": "{version}", "lines": [ { "link": "latest" } ], "links": [ {{rule}} ] } ] }
            """);

        var faults = Faults();

        Assert.Contains(faults, fault => fault.StartsWith("releases.json: channels[0].links[0]: " + expected, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{ "path": "/a/", "key": ".release-server/" }""", "key must lead to something that is served, is '.release-server/'")]
    [InlineData("""{ "path": "/a/", "key": "b/../c/" }""", "key must lead to something that is served, is 'b/../c/'")]
    [InlineData("""{ "path": "/a", "key": ".release-server/generation.json" }""", "key must lead to something that is served, is '.release-server/generation.json'")]
    [InlineData("""{ "path": "/a/", "key": "", "cacheControl": "no-store\r\nX: y" }""", "cacheControl must be printable ASCII")]
    [InlineData("""{ "path": "/a/", "key": "", "status": 99 }""", "status must be a whole number from 200 to 599")]
    public void Load_BadRoute_FaultNamesIt(string row, string expected)
    {
        Write("routes.json", $$"""{ "format": 1, "routes": [ {{row}} ] }""");

        var faults = Faults();

        Assert.Contains("routes.json: routes[0]: " + expected, faults);
    }

    [Theory]
    [InlineData("redirects.json", """{ "format": 1, "redirects": [ { "from": "/a", "to": "https://é.example/", "status": 301 } ] }""", "redirects[0]: to must be a path, with a * at its end just if from has one, or an http(s) URL; is 'https://é.example/'")]
    [InlineData("redirects.json", """{ "format": 1, "redirects": [ { "from": "/a", "to": "https://example.org/a b", "status": 301 } ] }""", "redirects[0]: to must be a path, with a * at its end just if from has one, or an http(s) URL; is 'https://example.org/a b'")]
    [InlineData("redirects.json", """{ "format": 1, "redirects": [ { "from": "/a", "to": "/a", "status": 301 } ] }""", "redirects[0]: /a leads to itself")]
    [InlineData("redirects.json", """{ "format": 1, "redirects": [ { "from": "/a*", "to": "https://example.org/", "status": 301 } ] }""", "redirects[0]: from must not end in * where to is a URL")]
    [InlineData("media-types.json", """{ "format": 1, "default": "a/b", "types": { "c/d": [".gz"] } }""", "types: extension '.gz' must be what follows the last dot of a name, such as gz")]
    [InlineData("media-types.json", """{ "format": 1, "default": "a/b", "types": { "c/d": ["tar.gz"] } }""", "types: extension 'tar.gz' must be what follows the last dot of a name, such as gz")]
    [InlineData("media-types.json", """{ "format": 1, "default": "a/b", "compressible": ["text"] }""", "'text' is not a media type, such as text/plain")]
    [InlineData("media-types.json", """{ "format": 1 }""", "default is missing")]
    [InlineData("releases.json", """{ "format": 1, "channels": [ { "versions": "{version}" } ] }""", "channels[0]: directory is missing")]
    [InlineData("releases.json", """{ "format": 1, "channels": [ { "directory": "../r", "versions": "{version}" } ] }""", "channels[0]: directory must be the key of something that is served, without a slash at either end; is '../r'")]
    [InlineData("releases.json", """{ "format": 1, "channels": [ { "directory": "r", "versions": "{version}/{version}" } ] }""", "channels[0]: versions must be a name with {version} in it once, such as v{version}; is '{version}/{version}'")]
    [InlineData("releases.json", """{ "format": 1, "channels": [ { "directory": "r", "versions": "{version}", "lines": [ { "link": ".." } ] } ] }""", "channels[0].lines[0]: link must be a name in the channel's directory, is '..'")]
    [InlineData("releases.json", """{ "format": 1, "channels": [ { "directory": "r", "versions": "{version}", "lines": [ { "link": "{minor}" } ] } ] }""", "channels[0].lines[0]: {minor} needs {major} beside it")]
    public void Load_BadFileBesideTheRoutes_FaultNamesIt(string file, string text, string expected)
    {
        Write("routes.json", Routes);
        Write(file, text);

        var faults = Faults();

        Assert.Equal([$"{file}: {expected}"], faults);
    }

    [Theory]
    [InlineData("""{ "format": 1, "routes": [ { "path": "/a/", "key": "a/", "key": "b/" } ] }""")]
    [InlineData("""{ "format": 1, "routes": [ { "path": "/a/", "key": "a/" } ], "routes": [] }""")]
    public void Load_MemberTwice_Refused(string routes)
    {
        Write("routes.json", routes);

        var faults = Faults();

        Assert.StartsWith("routes.json: is not JSON: Duplicate property", Assert.Single(faults), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ByteOrderMarkCommentsAndTrailingCommas_Taken()
    {
        Write("routes.json", "\uFEFF// ours\n" + """{ "format": 1, "routes": [ { "path": "/", "key": "", }, ], }""");

        var data = SiteDataLoader.Load(_directory.FullName);

        Assert.Equal("/", Assert.Single(data.Routes.Routes).Path);
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_directory.FullName, name), text);

    private IEnumerable<string> Faults() =>
        Assert.Throws<SiteDataException>(() => SiteDataLoader.Load(_directory.FullName)).Faults.Select(fault => fault.ToString());
}
