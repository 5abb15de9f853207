using System.Text;

namespace ReleaseServer.Buckets;

/// <summary>Finds where a key is in a bucket's directory, without ever leaving it. Safe for concurrent use.</summary>
/// <remarks>
/// Each segment is looked at by itself: a symbolic link is followed only where it ends inside the directory. The directory may itself be
/// a link, and is resolved anew each time, so that it can be switched while the server runs.
/// </remarks>
/// <param name="root">Absolute path of the bucket's directory.</param>
internal sealed class FolderPaths(string root)
{
    /// <summary>Temporary files and the lock, part of no listing and no object. No slash at the end.</summary>
    public const string Hidden = AssetKey.ReservedPrefix + "tmp";

    // As many as Linux follows before it says ELOOP.
    private const int MaxLinks = 40;

    /// <summary>The directory with no link in its path.</summary>
    /// <exception cref="BucketUnavailableException">It is not there, or is no directory.</exception>
    public string RealRoot()
    {
        var real = RealPath("/", root) ?? throw new BucketUnavailableException($"The bucket's directory {root} is not there");
        return Directory.Exists(real) ? real : throw new BucketUnavailableException($"The bucket's path {root} is not a directory");
    }

    /// <summary>The real path of a key, or of a prefix without its last slash; null where nothing is there or it lies outside.</summary>
    public string? Resolve(string key) => Resolve(RealRoot(), key);

    /// <inheritdoc cref="Resolve(string)"/>
    public static string? Resolve(string realRoot, string key)
    {
        if (key == Hidden || key.StartsWith(Hidden + "/", StringComparison.Ordinal))
        {
            return null;
        }

        var real = realRoot;
        foreach (var segment in key.AsSpan().Split('/'))
        {
            if (Step(realRoot, real, key[segment]) is not { } next)
            {
                return null;
            }

            real = next;
        }

        return LeadsToReserved(realRoot, key, real) ? null : real;
    }

    /// <summary>Whether links lead a key that is not reserved to what is: then nothing is there, as in a bucket without links.</summary>
    /// <param name="key">A key, or a prefix.</param>
    /// <param name="real">Its real path, inside the directory.</param>
    public static bool LeadsToReserved(string realRoot, string key, string real) =>
        StartsReserved(real.AsSpan(realRoot.Length).TrimStart('/')) && !StartsReserved(key);

    /// <summary>The real path of what <paramref name="name"/> names in <paramref name="directory"/>; null as in <see cref="Resolve(string)"/>.</summary>
    public static string? Step(string realRoot, string directory, string name) =>
        RealPath(directory, name) is { } real && IsInside(realRoot, real) ? real : null;

    /// <summary>Real path of the directory that holds a key, with what is missing of it made.</summary>
    /// <exception cref="IOException">A link that leads outside, or a file, stands where a directory is needed.</exception>
    public static string MakeParent(string realRoot, string key)
    {
        var real = realRoot;
        var parent = key[..Math.Max(0, key.LastIndexOf('/'))];
        foreach (var segment in parent.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (Step(realRoot, real, segment) is not { } next)
            {
                var made = Path.Join(real, segment);
                Directory.CreateDirectory(made);
                // Something that leads outside was there all along, if what was made cannot be found.
                next = Step(realRoot, real, segment) ?? throw new IOException($"{made} leads out of the bucket");
            }

            real = next;
        }

        return real;
    }

    /// <summary>Whether a name came from bytes that are no UTF-8; it cannot be asked for, since the runtime has replaced them.</summary>
    public static bool IsMangled(string name) => name.Contains((char)Rune.ReplacementChar.Value);

    /// <summary>What is at <paramref name="path"/> itself, links not followed; null where nothing is or can be.</summary>
    /// <exception cref="UnauthorizedAccessException">That cannot be told.</exception>
    public static FileAttributes? AttributesOf(string path)
    {
        try
        {
            // One lstat. Absent, or below a file, is no exception here but -1; other failures throw.
            var attributes = new FileInfo(path).Attributes;
            return (int)attributes == -1 ? null : attributes;
        }
        catch (PathTooLongException)
        {
            return null; // no file has such a name: 255 bytes a segment on most file systems
        }
    }

    private static bool StartsReserved(ReadOnlySpan<char> key) =>
        key.StartsWith(AssetKey.ReservedPrefix) || key.SequenceEqual(AssetKey.ReservedPrefix.AsSpan(0, AssetKey.ReservedPrefix.Length - 1));

    private static bool IsInside(string realRoot, string real) =>
        real == realRoot || realRoot == "/"
        || (real.StartsWith(realRoot, StringComparison.Ordinal) && real[realRoot.Length] == '/');

    // The runtime resolves only the last segment of a path; this is realpath(3), which resolves each.
    private static string? RealPath(string directory, string path)
    {
        var real = directory;
        var pending = new Stack<string>();
        var links = 0;
        Push(pending, path);
        while (pending.TryPop(out var segment))
        {
            if (segment == "..")
            {
                real = Path.GetDirectoryName(real) ?? "/";
                continue;
            }

            var next = Path.Join(real, segment);
            if (AttributesOf(next) is not { } attributes)
            {
                return null;
            }

            if (!attributes.HasFlag(FileAttributes.ReparsePoint))
            {
                real = next;
                continue;
            }

            if (++links > MaxLinks || new FileInfo(next).LinkTarget is not { } target)
            {
                return null;
            }

            real = Path.IsPathRooted(target) ? "/" : real;
            Push(pending, target);
        }

        return real;
    }

    private static void Push(Stack<string> pending, string path)
    {
        var segments = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (var i = segments.Length - 1; i >= 0; i--)
        {
            if (segments[i] != ".")
            {
                pending.Push(segments[i]);
            }
        }
    }
}
