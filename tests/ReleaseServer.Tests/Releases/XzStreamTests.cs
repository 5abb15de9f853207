using System.Diagnostics;
using System.Text;
using ReleaseServer.Releases;
using ReleaseServer.Sample;
using ReleaseServer.Tests.Sample;

namespace ReleaseServer.Tests.Releases;

/// <summary>Reads what the machine's own xz has written.</summary>
public sealed class XzStreamTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("text", "-1")]
    [InlineData("text", "-6")]
    [InlineData("text", "-9e")]
    [InlineData("text", "--lzma2=dict=64KiB,lc=0,lp=2,pb=0")]
    [InlineData("text", "--check=none")]
    [InlineData("text", "--check=sha256")]
    [InlineData("text", "--block-size=300000")]
    [InlineData("noise", "-6")]
    [InlineData("zeros", "-6")]
    [InlineData("mixed", "-3")]
    [InlineData("empty", "-6")]
    public async Task Read_OfXz_TheSameBytes(string kind, string option)
    {
        Tool.Require("xz");
        var content = Make(kind);
        var packed = await RunXzAsync(option, content);

        Assert.Equal(content, await ReadAsync(packed));
    }

    [Fact]
    public async Task Read_Stored_TheSameBytes() => Assert.Equal(Make("text"), await ReadAsync(XzStoredWriter.Write(Make("text"))));

    [Fact]
    public async Task Read_CutOffAnywhere_NeverLooksWhole()
    {
        Tool.Require("xz");
        var packed = await RunXzAsync("-6", Make("text")[..20_000]);

        // The index and the footer, at the end, hold nothing that is read.
        for (var length = 0; length < packed.Length - 40; length += 97)
        {
            await Assert.ThrowsAnyAsync<Exception>(() => ReadAsync(packed[..length]));
        }
    }

    [Fact]
    public async Task Read_Damaged_EndsWithAnErrorOrOtherBytesAndNothingElse()
    {
        Tool.Require("xz");
        var (content, random) = (Make("text")[..20_000], new Random(7));
        var packed = await RunXzAsync("-6", content);
        for (var i = 0; i < 200; i++)
        {
            var damaged = packed.ToArray();
            damaged[random.Next(12, damaged.Length)] ^= (byte)(1 << random.Next(8));

            var exception = await Record.ExceptionAsync(() => ReadAsync(damaged));

            Assert.True(exception is null or InvalidDataException or EndOfStreamException, exception?.ToString());
        }
    }

    private static async Task<byte[]> ReadAsync(byte[] packed)
    {
        await using var xz = new XzStream(new MemoryStream(packed));
        using var content = new MemoryStream();
        await xz.CopyToAsync(content, Token);
        return content.ToArray();
    }

    // More than a chunk of LZMA2, which gives 2 MiB at most, and than the smallest dictionaries.
    private static byte[] Make(string kind)
    {
        var random = new Random(42);
        var noise = new byte[1 << 20];
        random.NextBytes(noise);
        var text = new StringBuilder();
        while (kind is "text" or "mixed" && text.Length < 5 << 20)
        {
            text.Append("#define UV_VERSION_").Append(random.Next(5000)).Append(' ').Append(random.Next(9)).Append('\n');
        }

        return kind switch
        {
            "text" => Encoding.ASCII.GetBytes(text.ToString()),
            "noise" => noise,
            "zeros" => new byte[3 << 20],
            "mixed" => [.. Encoding.ASCII.GetBytes(text.ToString()), .. noise, .. Encoding.ASCII.GetBytes(text.ToString()), .. new byte[70_000]],
            _ => [],
        };
    }

    private static async Task<byte[]> RunXzAsync(string option, byte[] content)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(file, content, Token);
            using var process = Process.Start(new ProcessStartInfo("xz", ["--stdout", "--keep", "--threads=1", option, file]) { RedirectStandardOutput = true })!;
            using var packed = new MemoryStream();
            await process.StandardOutput.BaseStream.CopyToAsync(packed, Token);
            await process.WaitForExitAsync(Token);
            Assert.Equal(0, process.ExitCode);
            return packed.ToArray();
        }
        finally
        {
            File.Delete(file);
        }
    }
}
