namespace ReleaseServer.Buckets;

/// <summary>Lets one writer at a time into a bucket's directory, over all processes of the machine.</summary>
/// <remarks>
/// A write condition is a look followed by a rename, and a file system has no call that does both: without the lock two commands (a
/// promotion and a link update, each its own process) could both find the version that they expect, and one change would be lost.
/// The system frees the lock of a process that dies.
/// </remarks>
internal sealed class FolderLock : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(10);

    // One writer within this process, so that only other processes are polled for.
    private readonly SemaphoreSlim _gate = new(1, 1);

    /// <summary>Waits for the lock; disposing the result frees it.</summary>
    /// <param name="path">The lock file, made where absent and left behind.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="BucketUnavailableException">Another process has held it for 30 s.</exception>
    public async ValueTask<IDisposable> AcquireAsync(string path, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            // Another process is waited for in real time, whatever clock the bucket was given.
            var since = TimeProvider.System.GetTimestamp();
            while (true)
            {
                if (TryOpen(path) is { } file)
                {
                    return new Held(file, _gate);
                }

                if (TimeProvider.System.GetElapsedTime(since) > Patience)
                {
                    throw new BucketUnavailableException($"Another process has held {path} for {Patience.TotalSeconds} s; nothing was written");
                }

                await Task.Delay(PollInterval, TimeProvider.System, cancellationToken);
            }
        }
        catch
        {
            _gate.Release();
            throw;
        }
    }

    public void Dispose() => _gate.Dispose();

    // The runtime takes FileShare.None as an advisory lock of the whole file, and fails at once where it is held.
    private static FileStream? TryOpen(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException exception) when (IsHeldElsewhere(exception))
        {
            return null;
        }
    }

    // EWOULDBLOCK, on Linux and on macOS.
    private static bool IsHeldElsewhere(IOException exception) => exception.HResult is 11 or 35;

    private sealed class Held(FileStream file, SemaphoreSlim gate) : IDisposable
    {
        public void Dispose()
        {
            file.Dispose();
            gate.Release();
        }
    }
}
