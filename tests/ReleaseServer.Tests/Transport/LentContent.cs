using Microsoft.AspNetCore.Http;
using Microsoft.Win32.SafeHandles;
using ReleaseServer.Pipeline;

namespace ReleaseServer.Tests.Transport;

/// <summary>The same random bytes in memory and in a file, and an application that sends any part of either.</summary>
internal sealed class LentContent : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public LentContent(int length)
    {
        Bytes = new byte[length];
        new Random(length).NextBytes(Bytes);
        File.WriteAllBytes(_path, Bytes);
        Handle = File.OpenHandle(_path, options: FileOptions.Asynchronous);
    }

    public byte[] Bytes { get; }

    public SafeFileHandle Handle { get; }

    /// <summary>Answers <c>/memory</c> and <c>/file</c>, with <c>?OFFSET-COUNT</c> for a part.</summary>
    public async Task AnswerAsync(HttpContext context)
    {
        var part = context.Request.QueryString.Value is ['?', .. var numbers] ? numbers.Split('-').Select(int.Parse).ToArray() : [0, Bytes.Length];
        context.Response.ContentLength = part[1];
        await (context.Request.Path == "/memory"
            ? ResponseBody.SendAsync(context, Bytes.AsMemory(part[0], part[1]))
            : ResponseBody.SendFileAsync(context, Handle, part[0], part[1]));
    }

    public void Dispose()
    {
        Handle.Dispose();
        File.Delete(_path);
    }
}
