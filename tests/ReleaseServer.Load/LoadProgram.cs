using ReleaseServer.Load.Scenarios;
using ReleaseServer.Load.Store;

namespace ReleaseServer.Load;

/// <summary>Measures the server beside nginx; started by <c>tests/load/run.sh</c>. With <c>store</c> first, it is the bucket of such a run.</summary>
internal static class LoadProgram
{
    private static async Task<int> Main(string[] arguments)
    {
        try
        {
            return arguments is ["store", .. var rest]
                ? await StoreCommand.RunAsync(rest)
                : await RunCommand.RunAsync(LoadOptions.Parse(arguments));
        }
        catch (ArgumentException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return 2;
        }
    }
}
