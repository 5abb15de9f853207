using System.IO.Enumeration;
using Microsoft.Win32.SafeHandles;

namespace ReleaseServer.Buckets;

/// <summary>Reads when a file was last written. One with a date outside the years 1 to 9999, which .NET cannot hold, is of 1970.</summary>
/// <remarks>Some file systems (tmpfs, XFS, network ones) keep such dates; they must not hide the file, nor the directory that it is in.</remarks>
internal static class FileDate
{
    public static DateTimeOffset Of(FileSystemInfo file)
    {
        try
        {
            return new DateTimeOffset(file.LastWriteTimeUtc);
        }
        catch (ArgumentOutOfRangeException)
        {
            return DateTimeOffset.UnixEpoch;
        }
    }

    public static DateTimeOffset Of(SafeFileHandle file)
    {
        try
        {
            return new DateTimeOffset(File.GetLastWriteTimeUtc(file));
        }
        catch (ArgumentOutOfRangeException)
        {
            return DateTimeOffset.UnixEpoch;
        }
    }

    public static DateTimeOffset Of(ref FileSystemEntry entry)
    {
        try
        {
            return entry.LastWriteTimeUtc;
        }
        catch (ArgumentOutOfRangeException)
        {
            return DateTimeOffset.UnixEpoch;
        }
    }
}
