using System.Globalization;

namespace ReleaseServer.Load.Store;

/// <summary><c>store ROOT BUCKET PORT CONTROL-PORT</c>: serves a folder as a bucket until its standard input ends.</summary>
internal static class StoreCommand
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        if (arguments is not [var root, var bucket, var port, var controlPort])
        {
            throw new ArgumentException("store needs a folder, a bucket's name, a port and a control port");
        }

        var content = StoreContent.Load(root, bucket);
        await using var store = await StandInStore.StartAsync(content, ReadPort(port), ReadPort(controlPort));
        await Console.Out.WriteLineAsync("store ready");
        // The input ends with the process that started this one, however it ends: no store is left behind.
        while (await Console.In.ReadLineAsync() is not null)
        {
        }

        return 0;
    }

    private static int ReadPort(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
