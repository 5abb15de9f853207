using ReleaseServer.Caching;

namespace ReleaseServer.Pipeline;

/// <summary>The bytes of one version of some content under a content coding, kept for the next client. Immutable.</summary>
/// <param name="version">The entity tag's opaque part of what it was made from.</param>
/// <param name="bytes">Null where they are too many to be kept: the content is coded anew for each client, on the way.</param>
/// <param name="onEvicted">Takes it out of the table.</param>
internal sealed class CodedForm(string id, string version, byte[]? bytes, Action<CodedForm> onEvicted) : Resident
{
    /// <summary>What it takes beside its bytes: this object, its name, places in tables. Measured, rounded up.</summary>
    private const int Overhead = 512;

    public override string Id => id;

    public override long Cost { get; } = Overhead + (2 * id.Length) + (bytes?.Length ?? 0);

    public string Version => version;

    public bool IsKept => bytes is not null;

    public ReadOnlyMemory<byte> Bytes => bytes;

    protected internal override void OnEvicted() => onEvicted(this);
}
