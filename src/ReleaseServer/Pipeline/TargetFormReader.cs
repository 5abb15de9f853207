using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.AspNetCore.Connections;
using ReleaseServer.Transport;

namespace ReleaseServer.Pipeline;

/// <summary>Mends the start of a request line where Kestrel reads the form of its target otherwise than RFC 9112 §3.2 has it.</summary>
/// <remarks>
/// Kestrel answers before any middleware runs, and offers no switch: to <c>GET *</c> and <c>GET name</c> with 405 and an <c>Allow</c> that is
/// untrue of this server, and to <c>GET HTTP://host/</c> with 400, though schemes have no case (RFC 9110 §4.2.3). So the first byte of a
/// target of no allowed form is changed to one that makes it 400, and the scheme is written in lower case. A request body that looks like
/// such a line is changed as well, and harmlessly: public requests with bodies are refused unread. HTTP/2 passes.
/// </remarks>
internal sealed class TargetFormReader(PipeReader inner) : PipeReader
{
    /// <summary>Bytes looked at; a target that is longer than this, and odd, gets the answer of Kestrel.</summary>
    private const int LongestStart = 256;

    public static ConnectionDelegate Wrap(ConnectionDelegate next) => connection =>
    {
        if (connection.Features.Get<IReceivingFeature>() is { } receiving)
        {
            receiving.Use(Mend);
        }
        else
        {
            connection.Transport = new Mended(new TargetFormReader(connection.Transport.Input), connection.Transport.Output);
        }

        return next(connection);
    };

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var read = inner.ReadAsync(cancellationToken);
        return read.IsCompletedSuccessfully ? new ValueTask<ReadResult>(Mend(read.Result)) : WaitAsync(read);
    }

    public override bool TryRead(out ReadResult result)
    {
        var hasRead = inner.TryRead(out result);
        Mend(result.Buffer);
        return hasRead;
    }

    public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<ReadResult> WaitAsync(ValueTask<ReadResult> read) => Mend(await read);

    private static ReadResult Mend(in ReadResult read)
    {
        Mend(read.Buffer);
        return read;
    }

    // A request line is looked at where Kestrel looks at it: at the start of what it has not consumed.
    private static void Mend(in ReadOnlySequence<byte> buffer)
    {
        if (buffer.IsSingleSegment || buffer.FirstSpan.Length >= LongestStart)
        {
            var start = MemoryMarshal.AsMemory(buffer.First).Span;
            Mend(start[..Math.Min(start.Length, LongestStart)]);
            return;
        }

        Span<byte> copy = stackalloc byte[LongestStart];
        var head = buffer.Slice(0, Math.Min(buffer.Length, LongestStart));
        head.CopyTo(copy);
        Mend(copy[..(int)head.Length]);
        foreach (var segment in head)
        {
            copy[..segment.Length].CopyTo(MemoryMarshal.AsMemory(segment).Span);
            copy = copy[segment.Length..];
        }
    }

    private static void Mend(Span<byte> start)
    {
        // Empty lines before a request are skipped (RFC 9112 §2.2).
        start = start.TrimStart("\r\n"u8);
        var space = start.IndexOf((byte)' ');
        if (space < 1 || start[..space].ContainsAnyExceptInRange((byte)'!', (byte)'~'))
        {
            return;
        }

        // A head that comes in pieces is looked at again from where Kestrel stopped: at a field, whose name ends in a colon. No method has one.
        if (start[..space].Contains((byte)':'))
        {
            return;
        }

        // Only of a line that is all there is known that it is one; Kestrel waits for it as well.
        var target = start[(space + 1)..];
        if (target.StartsWith((byte)'/') || target.IndexOf((byte)' ') is not (> 0 and var end) || !target[end..].StartsWith(" HTTP/1."u8))
        {
            return;
        }

        // What is left of a body may stand before the method.
        var method = start[..space];
        target = target[..end];
        if (method.EndsWith("CONNECT"u8) || (method.EndsWith("OPTIONS"u8) && target is [(byte)'*']))
        {
            return;
        }

        if (!TryLowerScheme(target, "http://"u8) && !TryLowerScheme(target, "https://"u8))
        {
            target[0] = (byte)'?';
        }
    }

    private static bool TryLowerScheme(Span<byte> target, ReadOnlySpan<byte> scheme)
    {
        if (target.Length < scheme.Length || !Ascii.EqualsIgnoreCase(target[..scheme.Length], scheme))
        {
            return false;
        }

        scheme.CopyTo(target);
        return true;
    }

    private sealed record Mended(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
