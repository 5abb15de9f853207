using System.Runtime.CompilerServices;
using ReleaseServer.Buckets;
using ReleaseServer.Http;

namespace ReleaseServer.Testing.Buckets;

/// <summary>A bucket that fails as the test says; without a script it does what <paramref name="inner"/> does. Counts what it is asked.</summary>
internal sealed class FaultyBucket(IWritableBucket inner) : IWritableBucket
{
    private int _heads;
    private int _opens;
    private int _anys;
    private int _lists;
    private int _changes;

    public string Description => inner.Description;

    public bool ListsSourceDates => inner.ListsSourceDates;

    public int Heads => _heads;

    public int Opens => _opens;

    public int Anys => _anys;

    public int Lists => _lists;

    /// <summary>Thrown by <see cref="HeadAsync"/>; null for no fault.</summary>
    public Func<Exception>? OnHead { get; set; }

    /// <summary>Thrown by <see cref="OpenAsync"/>; null for no fault.</summary>
    public Func<Exception>? OnOpen { get; set; }

    /// <summary>What <see cref="OpenAsync"/> throws for a key; null for no fault.</summary>
    public Func<AssetKey, Exception?> OnOpenKey { get; set; } = static _ => null;

    /// <summary>Thrown by <see cref="AnyAsync"/>; null for no fault.</summary>
    public Func<Exception>? OnAny { get; set; }

    /// <summary>Thrown by <see cref="ListAsync"/> after <see cref="RowsBeforeFault"/> rows; null for no fault.</summary>
    public Func<Exception>? OnList { get; set; }

    public int RowsBeforeFault { get; set; }

    /// <summary>What happens to each body that is opened; null for nothing.</summary>
    public BodyScript? Body { get; set; }

    /// <summary>Run between an object's metadata and its bytes, after each <see cref="HeadAsync"/>; null for nothing.</summary>
    public Action? AfterHead { get; set; }

    /// <summary>Runs before each conditional write, when its writer has decided on it; null for nothing.</summary>
    public Func<Task>? BeforeConditionalWrite { get; set; }

    /// <summary>Runs before each write, copy or deletion, with its number counted from 0; what it throws is what the caller gets, and nothing is written.</summary>
    public Action<int, AssetKey>? BeforeChange { get; set; }

    /// <summary>Runs after each write, copy or deletion, as <see cref="BeforeChange"/> does: what it throws is an answer that was lost.</summary>
    public Action<int, AssetKey>? AfterChange { get; set; }

    /// <summary>Writes, copies and deletions so far.</summary>
    public int Changes => _changes;

    private IWritableBucket Inner => inner;

    /// <summary>Makes every call throw.</summary>
    public void FailAll(Func<Exception> fault) => (OnHead, OnOpen, OnAny, OnList) = (fault, fault, fault, fault);

    /// <summary>The store does not answer.</summary>
    public void GoDown() => FailAll(static () => new BucketUnavailableException("the store does not answer"));

    /// <summary>Breaks the next body.</summary>
    /// <param name="after">Bytes that come through first.</param>
    /// <param name="then">Runs when it breaks.</param>
    public void BreakOnce(int after, Action? then = null) => Body = new BodyScript(after)
    {
        Fault = () =>
        {
            Body = null;
            then?.Invoke();
            return new BucketUnavailableException("broke") { Fault = BucketFault.Reset };
        },
    };

    /// <summary>Ends all faults.</summary>
    public void Recover() => (OnHead, OnOpen, OnAny, OnList, Body, AfterHead) = (null, null, null, null, null, null);

    public async ValueTask<RepresentationMetadata?> HeadAsync(AssetKey key, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _heads);
        Throw(OnHead);
        var metadata = await inner.HeadAsync(key, cancellationToken);
        AfterHead?.Invoke();
        return metadata;
    }

    public async ValueTask<Representation?> OpenAsync(AssetKey key, ByteRange? range, EntityTag? expected, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _opens);
        Throw(OnOpen);
        Throw(OnOpenKey(key) is { } fault ? () => fault : null);
        return await inner.OpenAsync(key, range, expected, cancellationToken) is { } opened ? Scripted(opened) : null;
    }

    public async ValueTask<Revalidation> OpenChangedAsync(AssetKey key, EntityTag known, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _opens);
        Throw(OnOpen);
        var read = await inner.OpenChangedAsync(key, known, cancellationToken);
        return read.Representation is { } opened ? read with { Representation = Scripted(opened) } : read;
    }

    public ValueTask<bool> AnyAsync(string prefix, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _anys);
        Throw(OnAny);
        return inner.AnyAsync(prefix, cancellationToken);
    }

    public async IAsyncEnumerable<BucketEntry> ListAsync(
        string prefix, ListDepth depth, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _lists);
        var rows = 0;
        await foreach (var entry in inner.ListAsync(prefix, depth, cancellationToken))
        {
            if (rows++ == RowsBeforeFault)
            {
                Throw(OnList);
            }

            yield return entry;
        }

        Throw(OnList);
    }

    public async ValueTask<EntityTag?> WriteAsync(
        AssetKey key,
        ReadOnlyMemory<byte> content,
        ObjectAttributes attributes,
        WriteCondition condition,
        CancellationToken cancellationToken)
    {
        if (BeforeConditionalWrite is { } before && condition != WriteCondition.None)
        {
            await before();
        }

        Change(key);
        var tag = await inner.WriteAsync(key, content, attributes, condition, cancellationToken);
        Changed(key);
        return tag;
    }

    public async ValueTask UploadAsync(
        AssetKey key, Stream content, long length, ObjectAttributes attributes, CancellationToken cancellationToken)
    {
        Change(key);
        await inner.UploadAsync(key, content, length, attributes, cancellationToken);
        Changed(key);
    }

    public async ValueTask<bool> TryCopyAsync(
        IBucket source, AssetKey from, RepresentationMetadata version, AssetKey key, ObjectAttributes attributes, CancellationToken cancellationToken)
    {
        Change(key);
        var copied = await inner.TryCopyAsync(source is FaultyBucket faulty ? faulty.Inner : source, from, version, key, attributes, cancellationToken);
        Changed(key);
        return copied;
    }

    public async ValueTask DeleteAsync(AssetKey key, CancellationToken cancellationToken)
    {
        Change(key);
        await inner.DeleteAsync(key, cancellationToken);
        Changed(key);
    }

    private void Change(AssetKey key) => BeforeChange?.Invoke(_changes, key);

    private void Changed(AssetKey key)
    {
        var number = Interlocked.Increment(ref _changes) - 1;
        AfterChange?.Invoke(number, key);
    }

    private Representation Scripted(Representation opened) =>
        Body is { } script ? new Representation(opened.Metadata, new ScriptedStream(opened.Body, script)) : opened;

    private static void Throw(Func<Exception>? fault)
    {
        if (fault is not null)
        {
            throw fault();
        }
    }
}
