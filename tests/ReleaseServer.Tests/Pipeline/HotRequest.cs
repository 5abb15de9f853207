using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace ReleaseServer.Tests.Pipeline;

/// <summary>One request asked again and again on features that allocate nothing themselves, as Kestrel's do not.</summary>
internal sealed class HotRequest
{
    private readonly DefaultHttpContext _context;
    private readonly RequestDelegate _run;
    private readonly Response _response = new();
    private readonly Sink _sink = new();

    public HotRequest(DefaultHttpContext context, RequestDelegate run)
    {
        (_context, _run) = (context, run);
        context.Features.Set<IHttpResponseFeature>(_response);
        context.Features.Set<IHttpResponseBodyFeature>(_sink);
    }

    public int Status => _response.StatusCode;

    public long Bytes => _sink.Bytes;

    public void Again()
    {
        _response.StatusCode = 200;
        _response.Headers.Clear();
        _sink.Bytes = 0;
        var task = _run(_context);
        Assert.True(task.IsCompletedSuccessfully, "The answer was not given at once");
    }

    private sealed class Response : IHttpResponseFeature
    {
        public int StatusCode { get; set; } = 200;

        public string? ReasonPhrase { get; set; }

        public IHeaderDictionary Headers { get; set; } = new Fields();

        public Stream Body { get; set; } = Stream.Null;

        public bool HasStarted => false;

        public void OnStarting(Func<object, Task> callback, object state)
        {
        }

        public void OnCompleted(Func<object, Task> callback, object state)
        {
        }
    }

    // The framework's own makes a string of each length; Kestrel's does not.
    private sealed class Fields : IHeaderDictionary
    {
        private readonly Dictionary<string, StringValues> _fields = new(32, StringComparer.OrdinalIgnoreCase);

        public long? ContentLength { get; set; }

        public ICollection<string> Keys => _fields.Keys;

        public ICollection<StringValues> Values => _fields.Values;

        public int Count => _fields.Count;

        public bool IsReadOnly => false;

        public StringValues this[string key]
        {
            get => _fields.GetValueOrDefault(key);
            set => _fields[key] = value;
        }

        public void Add(string key, StringValues value) => _fields.Add(key, value);

        public void Add(KeyValuePair<string, StringValues> item) => _fields.Add(item.Key, item.Value);

        public void Clear()
        {
            _fields.Clear();
            ContentLength = null;
        }

        public bool Contains(KeyValuePair<string, StringValues> item) => _fields.Contains(item);

        public bool ContainsKey(string key) => _fields.ContainsKey(key);

        public void CopyTo(KeyValuePair<string, StringValues>[] array, int arrayIndex) => throw new NotSupportedException();

        public bool Remove(string key) => _fields.Remove(key);

        public bool Remove(KeyValuePair<string, StringValues> item) => _fields.Remove(item.Key);

        public bool TryGetValue(string key, [MaybeNullWhen(false)] out StringValues value) => _fields.TryGetValue(key, out value);

        public IEnumerator<KeyValuePair<string, StringValues>> GetEnumerator() => _fields.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    /// <summary>Takes everything at once and throws it away.</summary>
    private sealed class Sink : PipeWriter, IHttpResponseBodyFeature
    {
        private readonly byte[] _buffer = new byte[64 * 1024];

        public long Bytes { get; set; }

        public Stream Stream => Stream.Null;

        public PipeWriter Writer => this;

        public override void Advance(int bytes) => Bytes += bytes;

        public override Memory<byte> GetMemory(int sizeHint = 0) => _buffer;

        public override Span<byte> GetSpan(int sizeHint = 0) => _buffer;

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => default;

        public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
        {
            Bytes += source.Length;
            return default;
        }

        public override void CancelPendingFlush()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }

        public Task CompleteAsync() => Task.CompletedTask;

        public void DisableBuffering()
        {
        }

        public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;
    }
}
