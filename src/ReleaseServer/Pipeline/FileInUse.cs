using Microsoft.Win32.SafeHandles;
using ReleaseServer.Caching;

namespace ReleaseServer.Pipeline;

/// <summary>A cached body's file, open until its sending ends.</summary>
internal readonly struct FileInUse
{
    private readonly DiskBody _body;
    private readonly SafeFileHandle _file;

    private FileInUse(DiskBody body, SafeFileHandle file) => (_body, _file) = (body, file);

    /// <summary>
    /// Null where the file is gone or its disk fails, and on threads of sockets, which must not wait for a file to be opened: the chain is
    /// left for the pool then, and comes back here.
    /// </summary>
    public static FileInUse? TryBegin(DiskBody body)
    {
        if (!PoolThread.IsThis)
        {
            return null;
        }

        try
        {
            return body.Acquire() is { } file ? new FileInUse(body, file) : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Sends a part of the file and ends its use. Called once.</summary>
    public async Task SendAsync(HttpContext context, long offset, long count)
    {
        try
        {
            await ResponseBody.SendFileAsync(context, _file, offset, count);
        }
        finally
        {
            _body.Release();
        }
    }
}
