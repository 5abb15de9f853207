using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Caching;

// What somebody else goes on with, and who sees what of it before it was checked.
internal sealed partial class Fill
{
    private async Task BringAsync(Run run, Representation? opened)
    {
        try
        {
            await using (opened ??= await OpenAsync(run))
            {
                await CopyAsync(run, opened.Body);
            }
        }
        catch (BucketUnavailableException broken) when (broken.InnerException is not RepresentationChangedException && CanBeProven())
        {
            await using var rest = await OpenRestAsync(run) ?? throw new BucketUnavailableException(broken.Message, broken) { Fault = broken.Fault };
            run.IsElsewhere = true;
            await CopyAsync(run, rest);
        }
    }

    // Where nothing of it has been shown, somebody else can still answer with a version of his own.
    private bool CanBeProven()
    {
        lock (_lock)
        {
            return Rest is not null && !_isHeldWhole && _check.IsProof && _there.Count() > 0;
        }
    }

    private async ValueTask<Stream?> OpenRestAsync(Run run)
    {
        lock (_lock)
        {
            run.End = Math.Min(run.End, Boundary(run.Position));
        }

        return run.Position < run.End
            ? await Rest!.OpenAsync(Key, Metadata, new ByteRange(run.Position, run.End - 1), isChecked: true, _stop.Token)
            : Stream.Null;
    }

    // Under the lock. Where the bytes end that this reader may have before all of it was checked.
    private long ShownUntil(long position, long end, bool isWhole)
    {
        if (_isEnded)
        {
            return end;
        }

        if (_isHeldWhole)
        {
            return 0;
        }

        if (isWhole)
        {
            return Math.Min(end, Metadata.Length - HeldBack);
        }

        // Nobody will check a part: what is not the bucket's own waits until it is known to be the same.
        return _elsewhere.EndFrom(position) > position ? position : Math.Min(end, _elsewhere.NextStart(position, end));
    }

    // The bucket is not to blame for what another sent.
    private Exception Wrong(string fault)
    {
        lock (_lock)
        {
            return _elsewhere.Count() == 0
                ? new WrongBytesException($"{_bucket.Description} {fault} ({Key})")
                : new BucketUnavailableException($"{_bucket.Description} broke off, and the rest that was had elsewhere is of another version ({Key})");
        }
    }
}
