using ReleaseServer.Testing.Http;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Faults;

/// <summary>A body that an origin breaks off is made whole from the same version, or breaks the connection.</summary>
public sealed class OriginBodyTests
{
    [Theory]
    [InlineData("X: x", 0, 3_000_000)]
    [InlineData("Range: bytes=500000-2499999", 500_000, 2_000_000)]
    public async Task Cut_SameOriginHasTheRest_Whole(string field, int offset, int length)
    {
        await using var site = await OriginSite.StartAsync();
        site.Origin.ThenCut(700_000).ThenCut(300_000);

        var response = await site.AskAsync("GET", OriginSite.Archive, field);

        Assert.Equal(OriginSite.ArchiveBytes[offset..(offset + length)], response.Body);
        Assert.Equal(3, site.Origin.Calls.Count);
        var resumed = site.Origin.Calls[1].Fields;
        // A reset may take with it what was on its way.
        Assert.Equal(($"{offset + length - 1}", OriginSite.Tag), (resumed["Range"].Split('-')[1], resumed["If-Range"]));
        Assert.NotEqual($"bytes={offset}", resumed["Range"].Split('-')[0]);
    }

    [Fact]
    public async Task Cut_AnotherOriginHasTheSameVersion_WholeFromThere()
    {
        await using var site = await OriginSite.StartAsync(origins: 2);
        site.Origin.ThenCut(700_000).ThenCut(0).ThenCut(0);

        var response = await site.AskAsync("GET", OriginSite.Archive);

        Assert.Equal(OriginSite.ArchiveBytes, response.Body);
        Assert.EndsWith("-2999999", Assert.Single(site.Origins[1].Calls).Fields["Range"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"another\"")]
    [InlineData("W/\"origin-1\"")]
    [InlineData(null)]
    public async Task Cut_NoOriginHasThisVersion_ConnectionAborted(string? tag)
    {
        await using var site = await OriginSite.StartAsync(origins: 2);
        var other = OriginSite.Bytes(3_000_000).Reverse().ToArray();
        site.Origins[1].Put(OriginSite.Archive, other, "application/gzip", tag);
        site.Origin.Script = async context =>
        {
            // Replaced there, too, while it is sent.
            site.Origin.Script = null;
            site.Origin.Put(OriginSite.Archive, other, "application/gzip", tag);
            context.Response.Headers.ETag = OriginSite.Tag;
            context.Response.ContentLength = OriginSite.ArchiveBytes.Length;
            await context.Response.Body.WriteAsync(OriginSite.ArchiveBytes.AsMemory(0, 100_000));
            await context.Response.Body.FlushAsync();
            context.Abort();
        };
        await using var client = await site.ConnectAsync();
        await client.SendAsync($"GET {OriginSite.Archive} HTTP/1.1\r\nHost: h\r\n\r\n");

        var response = await Record.ExceptionAsync(() => client.ReadResponseAsync("GET"));

        Assert.IsType<FramingException>(response);
        Assert.Equal((2, 1), (site.Origin.Calls.Count, site.Origins[1].Calls.Count));
    }

    [Theory]
    [InlineData("W/\"weak\"")]
    [InlineData(null)]
    public async Task Cut_NoStrongTag_ConnectionAborted(string? tag)
    {
        await using var site = await OriginSite.StartAsync();
        site.Origin.Put(OriginSite.Archive, OriginSite.ArchiveBytes, "application/gzip", tag).ThenCut(700_000);
        await using var client = await site.ConnectAsync();
        await client.SendAsync($"GET {OriginSite.Archive} HTTP/1.1\r\nHost: h\r\n\r\n");

        await Assert.ThrowsAsync<FramingException>(() => client.ReadResponseAsync("GET"));
        Assert.Single(site.Origin.Calls);
    }

    [Fact]
    public async Task Cut_BeforeTheFirstByteAndOtherVersionAtTheBackup_BackupAnswersAll()
    {
        await using var site = await OriginSite.StartAsync(origins: 2);
        site.Origin.Put(OriginSite.Archive, OriginSite.ArchiveBytes, tag: null).ThenCut(0);

        var response = await site.AskAsync("GET", OriginSite.Archive);

        Assert.Equal((200, OriginSite.Tag), (response.Status, response["ETag"]));
        Assert.Equal(OriginSite.ArchiveBytes, response.Body);
    }

    [Fact]
    public async Task Cut_InChunksOfUnknownLength_ConnectionAborted()
    {
        await using var site = await OriginSite.StartAsync();
        site.Origin.Script = static async context =>
        {
            await context.Response.Body.WriteAsync(OriginSite.ArchiveBytes.AsMemory(0, 200_000));
            await context.Response.Body.FlushAsync();
            context.Abort();
        };
        await using var client = await site.ConnectAsync();
        await client.SendAsync($"GET {OriginSite.Archive} HTTP/1.1\r\nHost: h\r\n\r\n");

        await Assert.ThrowsAsync<FramingException>(() => client.ReadResponseAsync("GET"));
    }

    [Fact]
    public async Task Chunks_Whole_Whole()
    {
        await using var site = await OriginSite.StartAsync();
        site.Origin.Script = static async context => await context.Response.Body.WriteAsync(OriginSite.ArchiveBytes);

        var response = await site.AskAsync("GET", OriginSite.Archive);

        Assert.Equal((200, BodyFraming.Chunked), (response.Status, response.Framing));
        Assert.Equal(OriginSite.ArchiveBytes, response.Body);
    }

    [Fact]
    public async Task Stall_InTheMiddle_ResumedWhenTimeIsUp()
    {
        var clock = new ManualClock(OriginSite.Modified);

        // The clock runs much faster than the answer comes.
        await using var site = await OriginSite.StartAsync(clock: clock, configure: static origin => origin.AnswerTimeout = TimeSpan.FromDays(40));
        var stalled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        site.Origin.Script = async context =>
        {
            site.Origin.Script = null;
            context.Response.Headers.ETag = OriginSite.Tag;
            context.Response.ContentLength = OriginSite.ArchiveBytes.Length;
            await context.Response.Body.WriteAsync(OriginSite.ArchiveBytes.AsMemory(0, 1_000));
            await context.Response.Body.FlushAsync();
            await stalled.Task.WaitAsync(context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        };
        await using var client = await site.ConnectAsync();
        await client.SendAsync($"GET {OriginSite.Archive} HTTP/1.1\r\nHost: h\r\n\r\n");
        await client.ReadHeadAsync();
        using var content = new MemoryStream();
        content.Write((await client.ReadSomeAsync(1_000)).Span);

        // The wait for the next bytes begins when the last ones have been sent on, which nobody here can see.
        while (site.Origin.Calls.Count == 1)
        {
            clock.Advance(TimeSpan.FromSeconds(5));
            await Task.Yield();
        }

        ReadOnlyMemory<byte> some;
        do
        {
            some = await client.ReadSomeAsync(100_000);
            content.Write(some.Span);
        }
        while (content.Length < OriginSite.ArchiveBytes.Length && some.Length > 0);

        Assert.Equal(OriginSite.ArchiveBytes, content.ToArray());
    }

    [Fact]
    public async Task ClientLeaves_InTheMiddle_RoomIsGivenBack()
    {
        await using var site = await OriginSite.StartAsync(configure: static origin => origin.MaxConnections = 1);
        site.Origin.Script = static async context =>
        {
            await context.Response.Body.WriteAsync(OriginSite.ArchiveBytes.AsMemory(0, 1_000));
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        };
        await using (var client = await site.ConnectAsync())
        {
            await client.SendAsync($"GET {OriginSite.Archive} HTTP/1.1\r\nHost: h\r\n\r\n");
            await client.ReadHeadAsync();
            client.Leave();
        }

        var logged = await site.Server.Log.AccessAsync(OriginSite.Archive);
        site.Origin.Script = null;

        Assert.Equal((499, site.Origin.Address), (logged.Status, logged.Origin));
        Assert.Equal(200, (await site.AskAsync("GET", OriginSite.Index)).Status);
        Assert.Contains("\"free\": 1\n", (await site.AdminAsync("GET", "/origin")).Text, StringComparison.Ordinal);
    }
}
