using Microsoft.Extensions.DependencyInjection;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Http;
using ReleaseServer.Testing.Server;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Faults;

/// <summary>Life and readiness, and the wall between the two kinds of address.</summary>
public sealed class AdminTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task NoSnapshot_BucketDownAtStart_503AndNotReadyButAlive()
    {
        var bucket = new FaultyBucket(new InMemoryBucket());
        bucket.GoDown();
        await using var server = await RunningServer.StartAsync(bucket, Token);

        var response = await server.AskAsync("GET", "/dist/x", Token);

        Assert.Equal(503, response.Status);
        Assert.NotNull(response["Retry-After"]);
        Assert.Equal(503, (await AskAsync(server.AdminPort, "GET", "/ready")).Status);
        Assert.Equal(200, (await AskAsync(server.AdminPort, "GET", "/live")).Status);

        bucket.Recover();
        await server.RefreshSiteAsync(Token);

        Assert.Equal(200, (await AskAsync(server.AdminPort, "GET", "/ready")).Status);
        Assert.Equal(404, (await server.AskAsync("GET", "/dist/x", Token)).Status);
    }

    [Fact]
    public async Task Outage_AfterTheStart_StaysReady()
    {
        await using var server = await FaultServer.StartAsync();
        server.Bucket.GoDown();
        await server.Server.RefreshSiteAsync(Token);

        Assert.Equal(200, (await AskAsync(server.Server.AdminPort, "GET", "/ready")).Status);
    }

    [Fact]
    public async Task Stopping_WithADelay_SaysSoAndServesUntilItIsOver()
    {
        var clock = new ManualClock(TimeProvider.System.GetUtcNow());
        var bucket = new InMemoryBucket();
        bucket.Put("nodejs/release/x", "content"u8.ToArray());
        await using var server = await RunningServer.StartAsync(
            bucket,
            Token,
            configure: static settings => settings.Server.StopDelay = TimeSpan.FromSeconds(15),
            replace: services => services.AddSingleton<TimeProvider>(clock));
        Assert.Equal(204, (await server.AskAsync("GET", "/traffic-manager", Token)).Status);

        var stopping = server.StopAsync(Token);

        Assert.Equal(503, (await AskAsync(server.AdminPort, "GET", "/ready")).Status);
        Assert.Equal(200, (await AskAsync(server.AdminPort, "GET", "/live")).Status);
        var refusal = await server.AskAsync("GET", "/traffic-manager", Token);
        Assert.Equal(503, refusal.Status);
        Assert.Equal("private, no-store, max-age=0", refusal["Cache-Control"]);
        Assert.Equal(200, (await server.AskAsync("GET", "/dist/x", Token)).Status);
        Assert.False(stopping.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(15));
        await stopping;
        await Assert.ThrowsAnyAsync<Exception>(() => RunningServer.ConnectAsync(server.PublicPort, Token));
    }

    [Theory]
    [InlineData("/live")]
    [InlineData("/ready")]
    [InlineData("/site")]
    [InlineData("/site/reload")]
    [InlineData("/downloads")]
    [InlineData("/status")]
    [InlineData("/status.json")]
    [InlineData("/status/notes")]
    [InlineData("/purge")]
    [InlineData("/origin")]
    [InlineData("/origin/order")]
    public async Task AdminPath_OnPublicAddresses_404WhateverTheHost(string path)
    {
        await using var server = await FaultServer.StartAsync();
        var admin = server.Server.AdminPort;

        Assert.Equal(404, (await AskAsync(server.Server.PublicPort, "GET", path)).Status);
        Assert.Equal(404, (await AskAsync(server.Server.PublicPort, "GET", path, $"127.0.0.1:{admin}")).Status);
        Assert.Equal(404, (await AskAsync(server.Server.PublicPort, "GET", $"http://127.0.0.1:{admin}{path}")).Status);
        Assert.Equal(405, (await AskAsync(server.Server.PublicPort, "POST", path, $"127.0.0.1:{admin}")).Status);
    }

    [Theory]
    [InlineData("/dist/")]
    [InlineData(FaultServer.Text)]
    [InlineData("/traffic-manager")]
    [InlineData("/api.html")]
    public async Task PublicPath_OnTheAdminAddress_404WhateverTheHost(string path)
    {
        await using var server = await FaultServer.StartAsync();

        Assert.Equal(404, (await AskAsync(server.Server.AdminPort, "GET", path)).Status);
        Assert.Equal(404, (await AskAsync(server.Server.AdminPort, "GET", path, $"127.0.0.1:{server.Server.PublicPort}")).Status);
    }

    private static async Task<RawResponse> AskAsync(int port, string method, string target, string host = "localhost")
    {
        await using var client = await RunningServer.ConnectAsync(port, Token);
        await client.SendAsync($"{method} {target} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n");
        return await client.ReadResponseAsync(method);
    }
}
