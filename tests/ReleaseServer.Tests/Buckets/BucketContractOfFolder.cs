using ReleaseServer.Buckets;

namespace ReleaseServer.Tests.Buckets;

public sealed class BucketContractOfFolder : BucketContract
{
    private readonly ScratchFolder _folder = new();

    private protected override bool KeepsContentType => false;

    public override ValueTask DisposeAsync()
    {
        (Bucket as IDisposable)?.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    internal override ValueTask<IWritableBucket> StartAsync() => ValueTask.FromResult<IWritableBucket>(new FolderBucket(_folder.Path));

    internal override ValueTask AddMarkerAsync(string prefix)
    {
        Directory.CreateDirectory(Path.Join(_folder.Path, prefix));
        return ValueTask.CompletedTask;
    }
}
