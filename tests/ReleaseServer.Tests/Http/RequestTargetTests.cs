using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ReleaseServer.Http;

namespace ReleaseServer.Tests.Http;

public sealed class RequestTargetTests
{
    private static readonly string[] Pieces =
        ["/", "//", ".", "..", "/.", "/..", "a", "b.c", "%2F", "%2e", "%2E%2e", "%25", "%252e", "%41", "%C3%A9", "%E9", "%00", "%", "%zz",
            "%0a", "%7f", "+", "\\", "?", "#", "?x=1", "http://h", "*", ":", "é", "\u65e5", "\0", " ", "\r\n", "\ud800"];

    [Theory]
    [InlineData("/")]
    [InlineData("/dist/index.json")]
    [InlineData("/dist/")]
    [InlineData("/dist/.env")]
    [InlineData("/dist/..index.json")]
    [InlineData("/dist/.../....//x", "/dist/.../..../x")]
    [InlineData("/dist/..;/index.json")]
    [InlineData("/Dist/A+b\\c:d@e")]
    [InlineData("/%64ist/in%64ex.json", "/dist/index.json")]
    [InlineData("/dist%2Findex.json", "/dist/index.json")]
    [InlineData("/%2Fdist/index.json", "/dist/index.json")]
    [InlineData("/dist%2F", "/dist/")]
    [InlineData("/dist/%252e%252e/", "/dist/%2e%2e/")]
    [InlineData("/a%20b%3Fc%23d", "/a b?c#d")]
    [InlineData("/index.json%0d%0aX:1", "/index.json\r\nX:1")]
    [InlineData("/%C3%BCn/%E6%97%A5%f0%9f%9a%80", "/ün/日🚀")]
    [InlineData("//dist///index.json", "/dist/index.json")]
    [InlineData("/dist//", "/dist/")]
    [InlineData("/./dist/./index.json", "/dist/index.json")]
    [InlineData("/dist/.", "/dist/")]
    [InlineData("/dist/v1/..", "/dist/")]
    [InlineData("/dist/..", "/")]
    [InlineData("/a//../b", "/b")]
    [InlineData("/a/%2e%2E%2fb/%2e", "/b/")]
    [InlineData("/a/%ff/../b", "/a/b")]
    [InlineData("http://example.test/dist/x", "/dist/x")]
    [InlineData("HTTPS://h:81//x", "/x")]
    [InlineData("http://h", "/")]
    [InlineData("/at/http://h/x", "/at/http:/h/x")]
    [InlineData("*")]
    public void Parse_GoodTarget_Path(string target, string? expected = null)
    {
        var outcome = RequestTarget.Parse(target, out var path, out var query);

        Assert.Equal(RequestTargetOutcome.Path, outcome);
        Assert.Equal(expected ?? target, path);
        Assert.Equal("", query);
    }

    [Theory]
    [InlineData("/a?x=1", "/a", "?x=1")]
    [InlineData("/a?", "/a", "")]
    [InlineData("/a#f", "/a", "")]
    [InlineData("/a?#f", "/a", "")]
    [InlineData("/a?x#f?y", "/a", "?x")]
    [InlineData("/a#f?x", "/a", "")]
    [InlineData("/a?x?y", "/a", "?x?y")]
    [InlineData("/a?p=%2e%2e/%00%zz//..", "/a", "?p=%2e%2e/%00%zz//..")]
    [InlineData("/%61/?x", "/a/", "?x")]
    [InlineData("/?x", "/", "?x")]
    [InlineData("http://h?x", "/", "?x")]
    [InlineData("http://h#x", "/", "")]
    [InlineData("/a?u=http://h/", "/a", "?u=http://h/")]
    public void Parse_QueryOrFragment_CutOff(string target, string expectedPath, string expectedQuery)
    {
        var outcome = RequestTarget.Parse(target, out var path, out var query);

        Assert.Equal(RequestTargetOutcome.Path, outcome);
        Assert.Equal(expectedPath, path);
        Assert.Equal(expectedQuery, query);
    }

    [Theory]
    [InlineData("")]
    [InlineData("dist/index.json")]
    [InlineData("?x")]
    [InlineData("**")]
    [InlineData("*?x")]
    [InlineData("example.test:443")]
    [InlineData("http:/x")]
    [InlineData("http:///x")]
    [InlineData("http://")]
    [InlineData("://h/x")]
    [InlineData("1a://h/x")]
    [InlineData("/..")]
    [InlineData("/../")]
    [InlineData("/../dist/")]
    [InlineData("//../dist")]
    [InlineData("/a/../../b")]
    [InlineData("/dist/%2E%2E/%2E%2E/etc/passwd")]
    [InlineData("/a%2f..%2f..%2fb")]
    [InlineData("http://h/..")]
    [InlineData("/%00")]
    [InlineData("/a%00/..")]
    [InlineData("/%")]
    [InlineData("/%2")]
    [InlineData("/%zz")]
    [InlineData("/%2x")]
    [InlineData("/%+1")]
    [InlineData("/%2?x")]
    [InlineData("/%ff%")]
    [InlineData("/a b")]
    [InlineData("/a\0")]
    [InlineData("/a?x\r\nSet-Cookie:1")]
    [InlineData("/\u00e9")]
    public void Parse_BadTarget_Malformed(string target)
    {
        var outcome = RequestTarget.Parse(target, out var path, out var query);

        Assert.Equal(RequestTargetOutcome.Malformed, outcome);
        Assert.Equal("/", path);
        Assert.Equal("", query);
    }

    [Theory]
    [InlineData("/%ff")]
    [InlineData("/dist/%e9?x")]
    [InlineData("/dist/%C0%AEindex.json")]
    [InlineData("/%ED%A0%80")]
    [InlineData("/%F4%90%80%80")]
    [InlineData("/%C3/%A9")]
    public void Parse_BytesThatAreNotUtf8_NotText(string target)
    {
        var outcome = RequestTarget.Parse(target, out var path, out _);

        Assert.Equal(RequestTargetOutcome.NotText, outcome);
        Assert.Equal("/", path);
    }

    [Theory]
    [InlineData("/dist/v20.20.2/node-v20.20.2.tar.gz")]
    [InlineData("/dist/.hidden/..x/...")]
    public void Parse_TargetThatIsItsPath_SameStringWithoutAllocating(string target)
    {
        var path = "";

        var allocated = Allocations.Of(() => RequestTarget.Parse(target, out path, out _));

        Assert.Same(target, path);
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Parse_EachCharacterUnescaped_OnlyVisibleAsciiPasses()
    {
        var passed = Enumerable.Range(0, 0x200)
            .Select(c => (char)c)
            .Where(c => RequestTarget.Parse($"/a?{c}", out _, out _) == RequestTargetOutcome.Path);

        Assert.Equal(Enumerable.Range('!', '~' - '!' + 1).Select(c => (char)c), passed);
    }

    [Fact]
    public void Parse_LongerThanTheStackBuffer_Path()
    {
        var target = string.Concat(Enumerable.Repeat("/./%61", 2_000));

        var outcome = RequestTarget.Parse(target, out var path, out _);

        Assert.Equal(RequestTargetOutcome.Path, outcome);
        Assert.Equal(string.Concat(Enumerable.Repeat("/a", 2_000)), path);
    }

    [Fact]
    public void Parse_AnyTarget_PathIsNormal()
    {
        var property = Prop.ForAll(Targets(), target =>
        {
            var outcome = RequestTarget.Parse(target, out var path, out var query);

            var segments = path.Split('/');
            return (outcome == RequestTargetOutcome.Path || (path == "/" && query == ""))
                && (path.StartsWith('/') || path == "*")
                && !path.Contains('\0')
                && !path.Contains("//")
                && !segments.Contains("..")
                && !segments.Contains(".")
                && (query == "" || (query.Length > 1 && query[0] == '?' && !query.Contains('#')));
        });

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2_000), property);
    }

    [Fact]
    public void Parse_PathReadFromATarget_EscapesToATargetOfTheSamePath()
    {
        var property = Prop.ForAll(Targets(), target =>
        {
            if (RequestTarget.Parse(target, out var path, out _) != RequestTargetOutcome.Path || path == "*")
            {
                return true;
            }

            var outcome = RequestTarget.Parse(PathEscaping.ForLocation(path), out var again, out var query);
            return outcome == RequestTargetOutcome.Path && again == path && query == "";
        });

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2_000), property);
    }

    [Fact]
    public void Parse_AnyTarget_AgreesWithANaiveReading()
    {
        var property = Prop.ForAll(Targets(), target =>
        {
            var outcome = RequestTarget.Parse(target, out var path, out _);

            return target == "*" || !target.StartsWith('/') || (outcome, path) == ReadNaively(target);
        });

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2_000), property);
    }

    private static Arbitrary<string> Targets()
    {
        var composed = from pieces in Gen.ArrayOf(Gen.Elements(Pieces))
                       from rooted in Gen.Elements("/", "/", "/", "/a/b/", "")
                       select rooted + string.Concat(pieces);
        var any = ArbMap.Default.GeneratorFor<string>().Select(text => text ?? "");
        return Gen.Frequency((9, composed), (1, any)).ToArbitrary();
    }

    private static (RequestTargetOutcome Outcome, string Path) ReadNaively(string target)
    {
        var malformed = (RequestTargetOutcome.Malformed, "/");
        if (target.Any(c => c is < '!' or > '~'))
        {
            return malformed;
        }

        var bytes = new List<byte>();
        var asked = target.Split('?', '#')[0];
        for (var i = 0; i < asked.Length; i++)
        {
            if (asked[i] != '%')
            {
                bytes.Add((byte)asked[i]);
                continue;
            }

            if (i + 2 >= asked.Length || !char.IsAsciiHexDigit(asked[i + 1]) || !char.IsAsciiHexDigit(asked[i + 2]))
            {
                return malformed;
            }

            bytes.Add(Convert.FromHexString(asked.AsSpan(i + 1, 2))[0]);
            i += 2;
        }

        if (bytes.Contains(0))
        {
            return malformed;
        }

        // Latin-1 keeps each byte a character until the segments are sorted out.
        var segments = Encoding.Latin1.GetString([.. bytes]).Split('/');
        var kept = new Stack<string>();
        foreach (var segment in segments.Where(segment => segment is not ("" or ".")))
        {
            if (segment != "..")
            {
                kept.Push(segment);
            }
            else if (!kept.TryPop(out _))
            {
                return malformed;
            }
        }

        var path = "/" + string.Join('/', kept.Reverse()) + (kept.Count > 0 && segments[^1] is "" or "." or ".." ? "/" : "");
        path = path == "//" ? "/" : path;
        try
        {
            var utf8 = new UTF8Encoding(false, throwOnInvalidBytes: true);
            return (RequestTargetOutcome.Path, utf8.GetString(Encoding.Latin1.GetBytes(path)));
        }
        catch (ArgumentException)
        {
            return (RequestTargetOutcome.NotText, "/");
        }
    }
}
