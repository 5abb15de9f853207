using Microsoft.Win32.SafeHandles;
using ReleaseServer.Caching;
using ReleaseServer.Transport;

namespace ReleaseServer.Pipeline;

/// <summary>A cached body's file, open until its sending ends.</summary>
internal readonly struct FileInUse
{
    private readonly DiskBody _body;
    private readonly SafeFileHandle _file;

    private FileInUse(DiskBody body, SafeFileHandle file) => (_body, _file) = (body, file);

    /// <summary>
    /// Null where the file is gone or its disk fails, and where it would have to be opened on a thread of sockets: the chain leaves that
    /// thread then, and comes back here.
    /// </summary>
    public static FileInUse? TryBegin(DiskBody body)
    {
        try
        {
            var file = EventThread.IsElsewhere ? body.Acquire() : body.AcquireIfOpen();
            return file is null ? null : new FileInUse(body, file);
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
            await ResponseBody.SendFileAsync(context, _file, offset, count, _body.IsResident);
            if (count == _body.Length)
            {
                _body.NoteRead();
            }
        }
        finally
        {
            _body.Release();
        }
    }
}
