using System.IO.Pipelines;
using Microsoft.Win32.SafeHandles;

namespace ReleaseServer.Transport;

/// <summary>
/// Sends bytes from where they are: what is lent goes out behind what was written before it, in the same flush, and is never copied.
/// A feature of connections of <see cref="LendingTransport"/>, and of no others.
/// </summary>
/// <remarks>
/// To lend n bytes of a body: start the response, lend, call <c>GetMemory(0)</c> on the response's writer, and, unless <see cref="TryWithdraw"/>
/// then answers true, <c>Advance(n)</c> and <see cref="SendAsync"/>. Kestrel hands both calls through to the connection once a response of known length
/// has started, so its own count of the body stays right. What was lent must neither change nor be disposed of until the flush is over. One
/// loan a flush; not safe for concurrent use.
/// </remarks>
internal interface ILendingFeature
{
    /// <summary>Lends bytes in memory, at least one.</summary>
    void LendMemory(ReadOnlyMemory<byte> content);

    /// <summary>Lends a region of a file, sent by sendfile(2).</summary>
    /// <param name="file">Opened with <see cref="FileOptions.Asynchronous"/>, else <see cref="ArgumentException"/>.</param>
    /// <param name="offset">Bytes from the start of the file.</param>
    /// <param name="count">Bytes, at least one, all of which the file must have; else the flush aborts the connection.</param>
    void LendFile(SafeFileHandle file, long offset, int count);

    /// <summary>Takes a loan back that no <c>GetMemory</c> has reached, because the response is buffered on the way.</summary>
    /// <returns>False where the loan was taken up and must be followed by its <c>Advance</c>.</returns>
    bool TryWithdraw();

    /// <summary>Flushes what was written and what was lent, and goes on where the socket's event is handled.</summary>
    /// <remarks>The response's own flush would do the same, but whenever it has to wait it goes on in the thread pool, which costs as much as the sending.</remarks>
    ValueTask<FlushResult> SendAsync();
}
