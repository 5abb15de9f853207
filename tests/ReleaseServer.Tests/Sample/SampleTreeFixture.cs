using ReleaseServer.Buckets;
using ReleaseServer.Sample;
using ReleaseServer.Testing.Buckets;

namespace ReleaseServer.Tests.Sample;

/// <summary>The sample tree, written once for all tests of a class.</summary>
public sealed class SampleTreeFixture : IAsyncLifetime
{
    internal SortedDictionary<string, SampleObject> Objects { get; private set; } = [];

    public async ValueTask InitializeAsync() => Objects = await WriteAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    internal static async Task<SortedDictionary<string, SampleObject>> WriteAsync()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var bucket = new InMemoryBucket();
        await SampleTree.WriteAsync(bucket, cancellationToken);
        var objects = new SortedDictionary<string, SampleObject>(StringComparer.Ordinal);
        await foreach (var entry in bucket.ListAsync("", ListDepth.All, cancellationToken))
        {
            objects.Add(entry.Name, await ReadAsync(bucket, entry.Name, cancellationToken));
        }

        Assert.Equal(bucket.Writes, objects.Count); // no key is written twice
        return objects;
    }

    private static async Task<SampleObject> ReadAsync(InMemoryBucket bucket, string name, CancellationToken cancellationToken)
    {
        Assert.True(AssetKey.TryCreate(name, out var key));
        await using var opened = await bucket.OpenAsync(key, range: null, expected: null, cancellationToken);
        var content = new byte[opened!.Metadata.Length];
        await opened.Body.ReadExactlyAsync(content, cancellationToken);
        return new SampleObject(content, opened.Metadata);
    }
}

internal sealed record SampleObject(byte[] Content, RepresentationMetadata Metadata);
