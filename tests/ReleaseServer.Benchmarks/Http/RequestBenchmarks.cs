using BenchmarkDotNet.Attributes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using ReleaseServer.Http;

namespace ReleaseServer.Benchmarks.Http;

/// <summary>What is read of each request, before the site is asked.</summary>
[MemoryDiagnoser]
public class RequestBenchmarks
{
    private const long Length = 31_457_280;
    private static readonly EntityTag Tag = ReadTag("\"5d41402abc4b2a76b9719d911017c592\"");
    private readonly DateTimeOffset _modified = new(2026, 5, 4, 3, 2, 1, TimeSpan.Zero);
    private readonly string _target = "/dist/latest-jod/node-v22.23.2-linux-x64.tar.xz";
    private readonly string _escapedTarget = "/dist//./v22.23.2/%6eode-v22.23.2-linux-x64.tar.xz?download=1";
    private readonly HeaderDictionary _noConditions = new() { ["Host"] = "example.org", ["User-Agent"] = "curl/7.88" };
    private readonly HeaderDictionary _conditions = new()
    {
        ["If-None-Match"] = Tag.ToString(),
        ["If-Modified-Since"] = "Mon, 04 May 2026 03:02:01 GMT",
    };

    private readonly StringValues _range = "bytes=1048576-2097151";
    private readonly StringValues _ranges = "bytes=0-99, 200-299, -100";
    private readonly StringValues _codings = "gzip, deflate, br, zstd";

    [Benchmark]
    public int RequestTarget_Plain() => ParseTarget(_target);

    [Benchmark]
    public int RequestTarget_EscapesAndDots() => ParseTarget(_escapedTarget);

    [Benchmark]
    public bool Preconditions_None() => IsUnchanged(_noConditions);

    [Benchmark]
    public bool Preconditions_TagAndDate() => IsUnchanged(_conditions);

    [Benchmark]
    public int RangeHeader_One() => RangeHeader.Select(_range, Length).Count;

    [Benchmark]
    public int RangeHeader_Three() => RangeHeader.Select(_ranges, Length).Count;

    [Benchmark]
    public int AcceptEncoding_OfABrowser() => (int)AcceptEncoding.Choose(_codings);

    [Benchmark]
    public string HttpDate_Format() => HttpDate.Format(_modified);

    private static int ParseTarget(string target) => RequestTarget.Parse(target, out var path, out _) == RequestTargetOutcome.Path ? path.Length : -1;

    private bool IsUnchanged(HeaderDictionary headers)
    {
        var conditions = ConditionalHeaders.Read(headers, TimeProvider.System);
        return Preconditions.Evaluate(conditions, new Validators(Tag, _modified)) == PreconditionOutcome.NotModified;
    }

    private static EntityTag ReadTag(string text) =>
        EntityTag.TryParse(text, out var tag) ? tag : throw new ArgumentException("is no entity tag", nameof(text));
}
