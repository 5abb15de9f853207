using System.IO.Compression;
using ReleaseServer.Buckets;
using ReleaseServer.Caching;
using ReleaseServer.Http;
using ReleaseServer.Pipeline;
using ReleaseServer.Testing.Buckets;

namespace ReleaseServer.Tests.Pipeline;

public sealed class CodedFormsTests : IDisposable
{
    private static readonly EntityTag Version = new("\"1\"");

    private readonly FakeCache _cache = new(new InMemoryBucket(), TimeProvider.System, memoryBytes: 100_000);
    private readonly CodedForms _forms;

    public CodedFormsTests() => _forms = new CodedForms(_cache);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _cache.Dispose();

    [Theory]
    [InlineData((int)ContentCoding.Gzip)]
    [InlineData((int)ContentCoding.Brotli)]
    public async Task Get_ManyAtOnce_MadeOnceAndDecodesToTheContent(int coding)
    {
        var body = new CountingBody(new byte[10_000]);

        var forms = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => GetAsync(body, (ContentCoding)coding)));

        Assert.Equal(1, body.Reads);
        var form = Assert.Single(forms.Distinct());
        using var coded = new MemoryStream(form!.Bytes.ToArray());
        using Stream decoder = coding == (int)ContentCoding.Brotli
            ? new BrotliStream(coded, CompressionMode.Decompress)
            : new GZipStream(coded, CompressionMode.Decompress);
        using var decoded = new MemoryStream();
        await decoder.CopyToAsync(decoded, Token);
        Assert.Equal(new byte[10_000], decoded.ToArray());
        Assert.Same(form, _forms.Find("id", Version, (ContentCoding)coding));
    }

    [Fact]
    public async Task Get_AnotherVersion_MadeAnewAndTheOldOneLeavesTheMemory()
    {
        var first = await GetAsync(new CountingBody(new byte[10_000]));
        var used = _cache.Memory.Used;

        var second = await _forms.GetAsync("id", new EntityTag("\"2\""), new CountingBody(new byte[10_000]), ContentCoding.Gzip, Token);

        Assert.NotSame(first, second);
        Assert.Null(_forms.Find("id", Version, ContentCoding.Gzip));
        Assert.Equal(used, _cache.Memory.Used);
    }

    [Fact]
    public async Task Get_FormTooLargeToKeep_NoneAndNotTriedAgain()
    {
        var noise = new byte[50_000];
        new Random(1).NextBytes(noise);
        var body = new CountingBody(noise);

        Assert.Null(await GetAsync(body));
        Assert.Null(await GetAsync(body));

        Assert.Equal(1, body.Reads);
    }

    [Fact]
    public async Task Get_ContentTooLarge_None()
    {
        var body = new CountingBody(new byte[(16 << 20) + 1]);

        Assert.Null(await GetAsync(body));

        Assert.Equal(0, body.Reads);
    }

    [Fact]
    public async Task Get_BodyGone_None() => Assert.Null(await GetAsync(new CountingBody(new byte[100]) { IsGone = true }));

    [Fact]
    public async Task Get_NoCache_None() =>
        Assert.Null(await new CodedForms().GetAsync("id", Version, new CountingBody(new byte[100]), ContentCoding.Gzip, Token));

    [Fact]
    public async Task Get_ObjectOfAnotherVersion_None()
    {
        Assert.True(AssetKey.TryCreate("not/cached", out var key));

        Assert.Null(await _forms.GetAsync(key, Version, ContentCoding.Gzip, Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Purge_Hard_DropsAll(bool isHard)
    {
        await GetAsync(new CountingBody(new byte[100]));

        _forms.Purge(new CachePurge([], All: true, isHard), dryRun: false);

        Assert.Equal(isHard, _forms.Find("id", Version, ContentCoding.Gzip) is null);
        Assert.Equal(isHard, _cache.Memory.Used == 0);
    }

    private async Task<CodedForm?> GetAsync(CachedBody body, ContentCoding coding = ContentCoding.Gzip) =>
        await _forms.GetAsync("id", Version, body, coding, Token);

    private sealed class CountingBody(byte[] bytes) : CachedBody(bytes.Length)
    {
        private int _reads;

        /// <summary>How often it was read from its start.</summary>
        public int Reads => _reads;

        public bool IsGone { get; init; }

        public override int Read(long position, Span<byte> buffer)
        {
            if (IsGone)
            {
                throw new IOException("gone");
            }

            if (position == 0)
            {
                Interlocked.Increment(ref _reads);
            }

            var read = Math.Min(buffer.Length, bytes.Length - (int)position);
            bytes.AsSpan((int)position, read).CopyTo(buffer);
            return read;
        }

        public override void Write(long position, ReadOnlySpan<byte> source) => throw new NotSupportedException();
    }
}
