using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Pipeline;

/// <summary>A ready answer is that of the chain in every field and byte: two servers of one bucket, one without ready answers, are asked the same.</summary>
public sealed class HotPathSameAnswerTests : IAsyncLifetime
{
    private const string Digits = "/dist/v1.0.0/digits.bin";
    private const string Checksums = "/dist/v1.0.0/SHASUMS256.txt";
    private const string Date = "Thu, 02 Jan 2020 03:04:05 GMT";

    private static readonly string[] Targets =
    [
        Digits, "/dist/latest/digits.bin", "/download/release/latest/digits.bin", Checksums, "/dist/index.json", "/dist/v1.0.0/large.bin",
        "/dist/v1.0.0/empty.bin", "/dist/v1.0.0/stored.txt", "/api/", "/dist/", "/dist/latest/", "/dist/v1.0.0/missing", "/dist/missing/",
        "/dist/v1.0.0", "/dist", "/dist/staging/x", "/api/corepack.html", "/dist/odd/a%20b.txt", "/dist/odd/percent%2541.txt",
    ];

    private static readonly string[][] Requests =
    [
        [],
        ["Accept-Encoding: gzip"],
        ["Accept-Encoding: br;q=0.5, gzip;q=0.4"],
        ["Accept-Encoding: gzip;q=0, identity"],
        ["Accept-Encoding: gzip", "Via: 1.1 proxy"],
        ["Accept: application/json"],
        ["Accept: application/json", "Accept-Encoding: br"],
        ["Range: bytes=0-4"],
        ["Range: bytes=5-"],
        ["Range: bytes=-5"],
        ["Range: bytes=-500"],
        ["Range: bytes=90-1000"],
        ["Range: bytes=0-0,-1"],
        ["Range: bytes=1000000-"],
        ["Range: bytes=5-1"],
        ["Range: items=0-4"],
        ["Range: bytes=0-4", "Range: bytes=5-9"],
        ["Range: bytes=0-4", "Accept-Encoding: gzip"],
        ["Range: bytes=0-4", "If-Range: {tag}"],
        ["Range: bytes=0-4", "If-Range: W/{tag}"],
        ["Range: bytes=0-4", "If-Range: \"other\""],
        ["Range: bytes=0-4", "If-Range: " + Date],
        ["Range: bytes=0-4", "If-None-Match: {tag}"],
        ["If-None-Match: {tag}"],
        ["If-None-Match: W/{tag}"],
        ["If-None-Match: {tag}", "Accept-Encoding: gzip"],
        ["If-None-Match: \"a\", {tag}"],
        ["If-None-Match: \"a\"", "If-None-Match: {tag}"],
        ["If-None-Match: \"other\""],
        ["If-None-Match: *"],
        ["If-Match: {tag}"],
        ["If-Match: W/{tag}"],
        ["If-Match: \"other\""],
        ["If-Modified-Since: " + Date],
        ["If-Modified-Since: Wed, 01 Jan 2020 03:04:05 GMT"],
        ["If-Modified-Since: nonsense"],
        ["If-Unmodified-Since: " + Date],
        ["If-Unmodified-Since: Wed, 01 Jan 2020 03:04:05 GMT"],
        ["Content-Length: 5"],
        ["Expect: 100-continue"],
    ];

    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 8, 5, 14, 3, 0, TimeSpan.Zero));
    private HotChain? _on;
    private HotChain? _off;

    public static TheoryData<string> All => [.. Targets];

    public async ValueTask InitializeAsync()
    {
        var bucket = await HotChain.NewBucketAsync(_clock);
        _on = await HotChain.StartAsync(bucket, _clock);
        _off = await HotChain.StartAsync(bucket, _clock, isReadyOn: false);
    }

    public async ValueTask DisposeAsync()
    {
        await _on!.DisposeAsync();
        await _off!.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Answer_AnyRequest_SameWithAndWithoutReadyAnswers(string target)
    {
        var tag = (await _on!.GetAsync(target))["ETag"]?.Replace("W/", "", StringComparison.Ordinal) ?? "\"none\"";
        foreach (var method in new[] { "GET", "HEAD", "POST", "get" })
        {
            foreach (var fields in Requests.Select(fields => fields.Select(field => field.Replace("{tag}", tag, StringComparison.Ordinal)).ToArray()))
            {
                await SameAsync(method, target, "HTTP/1.1", fields);
                await SameAsync(method, target, "HTTP/2", fields);
                await SameAsync(method, target, "HTTP/1.0", fields);
            }
        }
    }

    [Theory]
    [InlineData("/dist/?C=M;O=D")]
    [InlineData("/dist?x=1")]
    [InlineData("/dist?")]
    [InlineData("/dist/staging/x?y")]
    [InlineData("/dist/v1.0.0/digits.bin?x=.json")]
    [InlineData("/dist/v1.0.0/digits.bin#fragment")]
    [InlineData("/dist//v1.0.0/digits.bin")]
    [InlineData("/dist/./v1.0.0/digits.bin")]
    [InlineData("/dist/v1.0.0/../v1.0.0/digits.bin")]
    [InlineData("/dist/v1.0.0/digits%2Ebin")]
    [InlineData("/dist%2Fv1.0.0/digits.bin")]
    [InlineData("/dist/v1.0.0/..")]
    [InlineData("/dist/odd/percent%41.txt")]
    [InlineData("/dist/odd/percentA.txt")]
    [InlineData("/dist/%zz")]
    [InlineData("/../dist/")]
    [InlineData("http://any-host/dist/v1.0.0/digits.bin")]
    [InlineData("http://any-host/dist?x")]
    [InlineData("/dist/.release-server/generation.json")]
    [InlineData("*")]
    [InlineData("/")]
    public async Task Answer_OddTarget_SameWithAndWithoutReadyAnswers(string target)
    {
        foreach (var method in new[] { "GET", "HEAD", "OPTIONS" })
        {
            await SameAsync(method, "/dist/v1.0.0/digits.bin", "HTTP/1.1");
            await SameAsync(method, "/dist", "HTTP/1.1");
            await SameAsync(method, target, "HTTP/1.1");
        }
    }

    [Fact]
    public async Task Answer_FromADisk_SameWithAndWithoutReadyAnswers()
    {
        await using var onDisk = await HotChain.StartAsync(await HotChain.NewBucketAsync(_clock), _clock, isOnDisk: true);
        foreach (var fields in Requests)
        {
            Assert.Equal(
                Told(await _off!.GetAsync("/dist/v1.0.0/large.bin", fields)),
                Told(await onDisk.GetAsync("/dist/v1.0.0/large.bin", fields)));
            var reads = onDisk.Cache.Reads;
            Assert.Equal(
                Told(await _off!.GetAsync("/dist/v1.0.0/large.bin", fields)),
                Told(await onDisk.GetAsync("/dist/v1.0.0/large.bin", fields)));
            if (fields.Length == 0)
            {
                Assert.Equal(reads, onDisk.Cache.Reads);
            }
        }
    }

    // The first two make the answer ready, in whatever coding the request gets; the third is it.
    private async Task SameAsync(string method, string target, string protocol, params string[] fields)
    {
        var chain = Told(await _off!.AskAsync(method, target, protocol, fields));
        await _on!.AskAsync(method, target, protocol, fields);
        await _on!.AskAsync(method, target, protocol, fields);
        var ready = Told(await _on!.AskAsync(method, target, protocol, fields));

        Assert.Equal(chain, ready);
    }

    private static string Told(HotAnswer answer)
    {
        var fields = answer.Fields
            .Where(static field => !field.StartsWith("Age:", StringComparison.Ordinal) && !field.StartsWith("Cache-Status:", StringComparison.Ordinal));
        var told = $"{answer.Status}\n{string.Join('\n', fields)}\n\n{Convert.ToHexString(answer.Body)}";
        if (answer["Content-Type"] is not { } type || !type.StartsWith("multipart/", StringComparison.Ordinal))
        {
            return told;
        }

        // Drawn anew for each answer.
        var boundary = type[(type.IndexOf('=', StringComparison.Ordinal) + 1)..];
        return told.Replace(boundary, "", StringComparison.Ordinal)
            .Replace(Convert.ToHexString(System.Text.Encoding.ASCII.GetBytes(boundary)), "", StringComparison.Ordinal);
    }
}
