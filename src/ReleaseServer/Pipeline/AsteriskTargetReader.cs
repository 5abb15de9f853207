using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;

namespace ReleaseServer.Pipeline;

/// <summary>Makes Kestrel answer 400 to a target of <c>*</c> where the method is not OPTIONS (RFC 9112 §3.2.4).</summary>
/// <remarks>
/// Kestrel answers 405 with <c>Allow: OPTIONS</c> before any middleware runs, which is untrue of this server, and offers no switch.
/// So the one byte is changed to one that is no target of any form. A request body that looks like such a line is changed as well,
/// and harmlessly: public requests with bodies are refused unread.
/// </remarks>
internal sealed class AsteriskTargetReader(PipeReader inner) : PipeReader
{
    private const int LongestStart = 64;

    public static ConnectionDelegate Wrap(ConnectionDelegate next) => connection =>
    {
        connection.Transport = new Transport(new AsteriskTargetReader(connection.Transport.Input), connection.Transport.Output);
        return next(connection);
    };

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(cancellationToken);
        Spoil(read.Buffer);
        return read;
    }

    public override bool TryRead(out ReadResult result)
    {
        var hasRead = inner.TryRead(out result);
        Spoil(result.Buffer);
        return hasRead;
    }

    public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    // A request line is looked at where Kestrel looks at it: at the start of what it has not consumed.
    private static void Spoil(in ReadOnlySequence<byte> buffer)
    {
        var start = buffer.FirstSpan;
        start = start[..Math.Min(start.Length, LongestStart)];
        var space = start.IndexOf((byte)' ');
        if (space > 0 && start[(space + 1)..].StartsWith("* HTTP/1."u8) && !start.StartsWith("OPTIONS "u8))
        {
            MemoryMarshal.AsMemory(buffer.First).Span[space + 1] = (byte)'?';
        }
    }

    private sealed record Transport(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
