using ReleaseServer.Sample;

namespace ReleaseServer.Tests.Sample;

/// <summary>The sample tree, written once for all tests of a class.</summary>
public sealed class SampleTreeFixture : IAsyncLifetime
{
    internal SortedDictionary<string, RecordedObject> Objects { get; private set; } = [];

    public async ValueTask InitializeAsync() => Objects = await WriteAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    internal static async Task<SortedDictionary<string, RecordedObject>> WriteAsync()
    {
        var bucket = new RecordingBucket();
        await SampleTree.WriteAsync(bucket, TestContext.Current.CancellationToken);
        return bucket.Objects;
    }
}
