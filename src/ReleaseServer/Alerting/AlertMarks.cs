using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ReleaseServer.Alerting;

/// <summary>
/// Remembers on this node's disk what is open of the alerts that one process raises and another finds to be over: a file for each, which is there as
/// long as the alert is open. Never throws.
/// </summary>
/// <remarks>Whole files replace whole files; of two processes at once, the last one's stays.</remarks>
/// <param name="directory">Absolute; made with the first mark. Empty for nowhere: nothing is remembered.</param>
internal sealed class AlertMarks(string directory)
{
    /// <summary>A mark has a few hundred bytes.</summary>
    private const int LongestFile = 64 << 10;

    /// <summary>What is remembered; null for nothing. A file that is no mark is removed.</summary>
    public AlertMark? Read(AlertKind kind, string subject)
    {
        var path = PathOf(kind, subject);
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            using var file = File.OpenRead(path);
            var mark = file.Length <= LongestFile ? JsonSerializer.Deserialize(file, AlertMarkJson.Readable.AlertMarkFile)?.Mark() : null;
            if (mark is not null)
            {
                return mark;
            }
        }
        catch (JsonException)
        {
            // Not written by us, or a disk that was full: removed below.
        }
        catch (Exception exception) when (IsOfTheDisk(exception))
        {
            return null;
        }

        Remove(kind, subject);
        return null;
    }

    /// <returns>Null where it is done, else why it is not.</returns>
    public string? Write(AlertKind kind, string subject, AlertMark mark)
    {
        if (directory.Length == 0)
        {
            return "there is no directory for it";
        }

        try
        {
            Directory.CreateDirectory(directory);
            var path = PathOf(kind, subject);

            // A name of its own: another process may be writing as well.
            var temporary = $"{path}.{Path.GetRandomFileName()}";
            try
            {
                File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(AlertMarkFile.Of(kind, subject, mark), AlertMarkJson.Readable.AlertMarkFile));
                File.Move(temporary, path, overwrite: true);
            }
            catch
            {
                File.Delete(temporary);
                throw;
            }

            return null;
        }
        catch (Exception exception) when (IsOfTheDisk(exception))
        {
            return exception.Message;
        }
    }

    /// <inheritdoc cref="Write"/>
    public string? Remove(AlertKind kind, string subject)
    {
        try
        {
            File.Delete(PathOf(kind, subject));
            return null;
        }
        catch (DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception exception) when (IsOfTheDisk(exception))
        {
            return exception.Message;
        }
    }

    private static bool IsOfTheDisk(Exception exception) => exception is IOException or UnauthorizedAccessException;

    // A subject may hold what no file's name may.
    private string PathOf(AlertKind kind, string subject) =>
        Path.Combine(directory, $"{kind.Name}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(subject)))[..12]}.json");
}

/// <summary>A mark as its file has it; kind and subject are for people who look.</summary>
internal sealed record AlertMarkFile
{
    public string Kind { get; init; } = "";

    public string Subject { get; init; } = "";

    public required DateTimeOffset Since { get; init; }

    public required DateTimeOffset Told { get; init; }

    public required long Count { get; init; }

    public required long Untold { get; init; }

    public IReadOnlyList<string> Parts { get; init; } = [];

    public static AlertMarkFile Of(AlertKind kind, string subject, AlertMark mark) => new()
    {
        Kind = kind.Name,
        Subject = subject,
        Since = mark.Since,
        Told = mark.Told,
        Count = mark.Count,
        Untold = mark.Untold,
        Parts = mark.Parts,
    };

    /// <returns>Null where it cannot be true.</returns>
    public AlertMark? Mark() =>
        Count >= 1 && Untold >= 0 && Untold < Count && Parts is not null && Parts.All(static part => part is not null)
            ? new AlertMark(Since, Told, Count, Untold) { Parts = Parts }
            : null;
}

[JsonSerializable(typeof(AlertMarkFile))]
internal sealed partial class AlertMarkJson : JsonSerializerContext
{
    public static AlertMarkJson Readable { get; } = new(new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true });
}
