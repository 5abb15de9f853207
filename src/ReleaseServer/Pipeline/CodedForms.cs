using System.Collections.Concurrent;
using ReleaseServer.Buckets;
using ReleaseServer.Caching;
using ReleaseServer.Http;
using ReleaseServer.Transport;

namespace ReleaseServer.Pipeline;

/// <summary>Codes content that is wholly cached once for all clients, not once for each. Safe for concurrent use.</summary>
/// <remarks>A form is known by its version: it is never given for another one, and leaves the memory when its room is needed.</remarks>
/// <param name="cache">Null where there is none: nothing is kept, everything is coded on the way.</param>
internal sealed class CodedForms(IObjectCache? cache = null) : IPurgeable
{
    /// <summary>Bytes of the largest content that is coded in memory.</summary>
    private const long LargestContent = 16 << 20;

    /// <summary>Part of the cache's memory that one form may take.</summary>
    private const int LargestPart = 8;

    private readonly ConcurrentDictionary<Name, CodedForm> _forms = new();
    private readonly ConcurrentDictionary<(Name Name, string Version), Lazy<Task<CodedForm>>> _making = new();
    private readonly Lock _keeping = new();
    private int _purges;

    /// <summary>A form that is ready; null where it must be made. No I/O.</summary>
    /// <param name="id">Of the content: a bucket key, or the name of a page.</param>
    /// <param name="version">The content's entity tag.</param>
    public CodedForm? Find(string id, EntityTag version, ContentCoding coding)
    {
        if (!_forms.TryGetValue(new Name(id, coding), out var form) || form.Version != version.Opaque)
        {
            return null;
        }

        form.Touch();
        return form.IsKept ? form : null;
    }

    /// <summary>The form of an object; null where it must be coded on the way: it is large, or not wholly cached.</summary>
    public ValueTask<CodedForm?> GetAsync(AssetKey key, EntityTag version, ContentCoding coding, CancellationToken cancellationToken)
    {
        return cache?.Find(key) is { Body: { } body, Metadata: var metadata } && metadata.EntityTag == version
            ? GetAsync(key.Value, version, body, coding, cancellationToken)
            : default;
    }

    /// <inheritdoc cref="GetAsync(AssetKey, EntityTag, ContentCoding, CancellationToken)"/>
    /// <param name="id">Of the content: a bucket key, or the name of a page.</param>
    /// <param name="version">The content's entity tag; one form for strong and weak.</param>
    /// <param name="body">The content.</param>
    /// <param name="coding">Not the identity.</param>
    /// <param name="cancellationToken">Ends the wait, not the work, in which others may share.</param>
    public async ValueTask<CodedForm?> GetAsync(
        string id, EntityTag version, CachedBody body, ContentCoding coding, CancellationToken cancellationToken)
    {
        if (cache is null || body.Length > LargestContent)
        {
            return null;
        }

        var name = new Name(id, coding);
        if (_forms.TryGetValue(name, out var known) && known.Version == version.Opaque)
        {
            known.Touch();
            return known.IsKept ? known : null;
        }

        try
        {
            var making = _making.GetOrAdd(
                (name, version.Opaque),
                static (form, source) => new Lazy<Task<CodedForm>>(() => source.Forms.MakeAsync(form.Name, form.Version, source.Body)),
                (Forms: this, Body: body));
            var made = await making.Value.WaitAsync(cancellationToken);
            return made.IsKept ? made : null;
        }
        catch (IOException)
        {
            // The object has left the cache meanwhile, or its disk fails; the bucket has it still.
            return null;
        }
    }

    public CachePurgeOutcome Purge(CachePurge purge, bool dryRun)
    {
        if (purge.IsHard && !dryRun)
        {
            lock (_keeping)
            {
                _purges++;
                foreach (var form in _forms.Values)
                {
                    cache?.Memory.Remove(form);
                }

                _forms.Clear();
            }
        }

        return new CachePurgeOutcome([], 0);
    }

    private async Task<CodedForm> MakeAsync(Name name, string version, CachedBody body)
    {
        var purges = Volatile.Read(ref _purges);
        await EventThread.LeaveCaller();
        try
        {
            var bytes = ResponseBody.Encode(body, name.Coding);
            var form = NewForm(name, version, bytes.Length <= cache!.Memory.Capacity / LargestPart ? bytes : null);
            lock (_keeping)
            {
                if (purges == _purges)
                {
                    Keep(name, form);
                }
            }

            return form;
        }
        finally
        {
            _making.TryRemove((name, version), out _);
        }
    }

    private CodedForm NewForm(Name name, string version, byte[]? bytes) =>
        new($"{name.Id} {ContentCodings.NameOf(name.Coding)}", version, bytes, form => _forms.TryRemove(new(name, form)));

    private void Keep(Name name, CodedForm form)
    {
        if (_forms.TryGetValue(name, out var old))
        {
            cache!.Memory.Remove(old);
        }

        // In the table first: what is evicted at once must find itself there.
        _forms[name] = form;
        if (!cache!.Memory.TryAdd(form))
        {
            _forms.TryRemove(new(name, form));
        }
    }

    private readonly record struct Name(string Id, ContentCoding Coding);
}
