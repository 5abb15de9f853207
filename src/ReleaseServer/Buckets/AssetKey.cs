using System.Text;

namespace ReleaseServer.Buckets;

/// <summary>The key of an object in a bucket, such as <c>nodejs/release/index.json</c>.</summary>
/// <remarks>
/// No leading or trailing slash, no empty, <c>.</c> or <c>..</c> segment, no NUL, at most 1,024 bytes of UTF-8 (the limit of S3).
/// The one exception is <see cref="TryCreateMarker"/>. Keys under <see cref="ReservedPrefix"/> hold the server's own documents and are never made from a path that a client asked for.
/// </remarks>
internal readonly record struct AssetKey
{
    /// <summary>Where links, catalog and generation live. Never served.</summary>
    public const string ReservedPrefix = ".release-server/";

    private const int MaxBytes = 1024;

    private AssetKey(string value) => Value = value;

    public string Value { get; }

    public override string ToString() => Value;

    /// <summary>Makes a key of a name that came from outside; false when no object that is served can have it.</summary>
    public static bool TryCreate(string value, out AssetKey key)
    {
        var valid = IsValid(value) && !value.StartsWith(ReservedPrefix, StringComparison.Ordinal)
            && !string.Equals(value, ReservedPrefix[..^1], StringComparison.Ordinal);
        key = valid ? new AssetKey(value) : default;
        return valid;
    }

    /// <summary>Makes the key of the zero-byte object that stands for an empty directory, for reading its metadata only.</summary>
    /// <param name="directory">Ends in a slash, which the key keeps.</param>
    /// <param name="key">Default where no directory that is served can have this name.</param>
    public static bool TryCreateMarker(string directory, out AssetKey key)
    {
        var valid = directory.EndsWith('/') && TryCreate(directory[..^1], out _) && Encoding.UTF8.GetByteCount(directory) <= MaxBytes;
        key = valid ? new AssetKey(directory) : default;
        return valid;
    }

    /// <summary>Makes the key of one of the server's own documents, such as <c>generation.json</c>.</summary>
    /// <exception cref="ArgumentException">The name breaks the rules of a key.</exception>
    public static AssetKey Own(string name)
    {
        var value = ReservedPrefix + name;
        return IsValid(value) ? new AssetKey(value) : throw new ArgumentException($"'{value}' is not a bucket key", nameof(name));
    }

    private static bool IsValid(string value)
    {
        if (value.Length is 0 or > MaxBytes || Encoding.UTF8.GetByteCount(value) > MaxBytes || value.Contains('\0'))
        {
            return false;
        }

        foreach (var segment in value.AsSpan().Split('/'))
        {
            if (value.AsSpan(segment) is "" or "." or "..")
            {
                return false;
            }
        }

        return true;
    }
}
