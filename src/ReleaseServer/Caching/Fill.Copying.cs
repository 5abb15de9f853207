using System.Buffers;
using ReleaseServer.Buckets;
using ReleaseServer.Transport;

namespace ReleaseServer.Caching;

// From one read of the bucket to where the bytes belong.
internal sealed partial class Fill
{
    /// <summary>
    /// Time that bytes wait for more to be written with. What is written in crumbs lies in as many pages of the system's cache, and each costs
    /// its part whenever the file is sent. The first bytes do not wait.
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(2);

    private async Task CopyAsync(Run run, Stream source)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        var isBeingRead = false;
        var hasTaken = false;
        try
        {
            while (true)
            {
                int wanted;
                lock (_lock)
                {
                    run.End = Math.Min(run.End, Boundary(run.Position));
                    wanted = (int)Math.Min(buffer.Length, run.End - run.Position);
                }

                if (wanted <= 0)
                {
                    return;
                }

                // Many small reads at once are one write and one pulse: each pulse wakes every reader.
                var filled = 0;
                while (filled < wanted)
                {
                    var reading = source.ReadAsync(buffer.AsMemory(filled, wanted - filled), _stop.Token);
                    if (!reading.IsCompleted && filled > 0)
                    {
                        isBeingRead = true;
                        var next = reading.AsTask();
                        if (hasTaken && await IsSoonAsync(next))
                        {
                            filled += Counted(await next);
                        }
                        else
                        {
                            Take(run, buffer.AsSpan(0, filled));
                            hasTaken = true;
                            wanted -= filled;
                            var count = await next;
                            buffer.AsSpan(filled, count).CopyTo(buffer);
                            filled = Counted(count);
                        }

                        isBeingRead = false;

                        // What follows writes to a disk, which may take its time.
                        await EventThread.Leave();
                    }
                    else
                    {
                        filled += Counted(await reading);
                        await EventThread.Leave();
                    }
                }

                Take(run, buffer.AsSpan(0, filled));
            }
        }
        finally
        {
            // A read that is still under way would write into what is somebody else's by then.
            if (!isBeingRead)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private static async Task<bool> IsSoonAsync(Task next) => await Task.WhenAny(next, Task.Delay(Patience, TimeProvider.System)) == next;

    private int Counted(int count) => count > 0 ? count : throw new BucketUnavailableException($"{Key} ended early");
}
