using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Connections;
using ReleaseServer.Pipeline;
using ReleaseServer.Tests.Http;

namespace ReleaseServer.Tests.Pipeline;

public sealed class TargetFormReaderTests
{
    private const string Head =
        "GET /dist/index.json HTTP/1.1\r\nHost: a b HTTP/1.1\r\nUser-Agent: probe HTTP/1.1\r\nRange: bytes=0-4 HTTP/1.1\r\nCookie:c * HTTP/1.1\r\n"
        + "If-None-Match: \"x y\" HTTP/1.1\r\nX: * HTTP/1.1\r\n\r\n";

    [Fact]
    public async Task Read_HeadInTwoPiecesAtEveryByte_NothingChanged()
    {
        for (var cut = 1; cut < Head.Length; cut++)
        {
            Assert.Equal(Head, await ReadInPiecesAsync(Head[..cut], Head[cut..]));
        }
    }

    [Theory]
    [InlineData("GET * HTTP/1.1\r\n", "GET ? HTTP/1.1\r\n")]
    [InlineData("GET name HTTP/1.1\r\n", "GET ?ame HTTP/1.1\r\n")]
    [InlineData("GET HTTP://h/ HTTP/1.1\r\n", "GET http://h/ HTTP/1.1\r\n")]
    [InlineData("OPTIONS * HTTP/1.1\r\n", "OPTIONS * HTTP/1.1\r\n")]
    [InlineData("CONNECT h:1 HTTP/1.1\r\n", "CONNECT h:1 HTTP/1.1\r\n")]
    [InlineData("PRI * HTTP/2.0\r\n", "PRI * HTTP/2.0\r\n")]
    public async Task Read_RequestLine_OnlyFormsThatAreNotAllowedAreMended(string line, string expected)
    {
        Assert.Equal(expected, await ReadInPiecesAsync(line));
    }

    [Fact]
    public async Task Read_HeadThatIsThere_NothingAllocated()
    {
        var pipe = new Pipe();
        await using var connection = new DefaultConnectionContext { Transport = new Duplex(pipe.Reader, pipe.Writer) };
        await TargetFormReader.Wrap(_ => Task.CompletedTask)(connection);
        var input = connection.Transport.Input;
        await pipe.Writer.WriteAsync(Encoding.ASCII.GetBytes(Head), TestContext.Current.CancellationToken);

        var allocated = Allocations.Of(() =>
        {
            var read = input.ReadAsync(CancellationToken.None);
            input.AdvanceTo(read.Result.Buffer.Start);
        });

        Assert.Equal(0, allocated);
    }

    // As Kestrel reads: whole lines are consumed, and what is left of one is looked at again with what comes after.
    private static async Task<string> ReadInPiecesAsync(params string[] pieces)
    {
        var token = TestContext.Current.CancellationToken;
        var pipe = new Pipe();
        await using var connection = new DefaultConnectionContext { Transport = new Duplex(pipe.Reader, pipe.Writer) };
        await TargetFormReader.Wrap(_ => Task.CompletedTask)(connection);
        var seen = new StringBuilder();
        foreach (var piece in pieces)
        {
            await pipe.Writer.WriteAsync(Encoding.ASCII.GetBytes(piece), token);
            var read = await connection.Transport.Input.ReadAsync(token);
            var text = Encoding.ASCII.GetString(read.Buffer);
            var lines = text.LastIndexOf('\n') + 1;
            seen.Append(text, 0, lines);
            connection.Transport.Input.AdvanceTo(read.Buffer.GetPosition(lines), read.Buffer.End);
        }

        return seen.ToString();
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
