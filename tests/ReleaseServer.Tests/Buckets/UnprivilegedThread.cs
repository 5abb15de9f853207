using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace ReleaseServer.Tests.Buckets;

/// <summary>Runs work that the file system may refuse, also where the tests run as root, whom it refuses nothing.</summary>
[SupportedOSPlatform("linux")]
internal static partial class UnprivilegedThread
{
    private const uint Nobody = 65534;

    /// <param name="work">Must do all its file access before its first await: only this one thread loses its rights.</param>
    public static void Run(Func<Task> work)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            if (Environment.IsPrivilegedProcess)
            {
                // Of the calling thread alone, and its rights over files go with it (setfsuid(2)).
                _ = SetFileSystemUser(Nobody);
            }

            try
            {
                var task = work();
                Assert.True(task.IsCompleted, "the work went on elsewhere");
                task.GetAwaiter().GetResult();
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    [LibraryImport("libc", EntryPoint = "setfsuid")]
    private static partial int SetFileSystemUser(uint user);
}
