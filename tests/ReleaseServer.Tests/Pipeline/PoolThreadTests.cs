using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using ReleaseServer.Pipeline;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Pipeline;

/// <summary>Where completions are inline, requests begin on threads of sockets, of which there are few.</summary>
public sealed class PoolThreadTests
{
    [Fact]
    public async Task Invoke_MissOnAThreadOfSockets_GoesOnInThePool()
    {
        await using var chain = await StartAsync();
        bool? isPool = null;
        var middleware = new ReadyAnswerMiddleware(
            _ =>
            {
                isPool = PoolThread.IsThis;
                return Task.CompletedTask;
            },
            chain.Ready);
        var context = new DefaultHttpContext { Request = { Method = "GET" } };
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = "/dist/missing";

        await OnASocketsThread(() => middleware.InvokeAsync(context));

        Assert.True(isPool);
    }

    [Fact]
    public async Task Invoke_HitOnAThreadOfSockets_AnsweredThere()
    {
        await using var chain = await StartAsync();
        await chain.GetAsync("/dist/v1.0.0/digits.bin");
        var request = chain.NewRequest("GET", "/dist/v1.0.0/digits.bin");

        await OnASocketsThread(() =>
        {
            request.Again();
            return Task.CompletedTask;
        });

        Assert.Equal((200, 100), (request.Status, request.Bytes));
    }

    [Fact]
    public async Task Invoke_HitOfAFileOnAThreadOfSockets_ReadInThePool()
    {
        await using var chain = await StartAsync(isOnDisk: true);
        await chain.GetAsync("/dist/v1.0.0/digits.bin");
        var reads = chain.Cache.Reads;
        HotAnswer? answer = null;

        await OnASocketsThread(async () => answer = await chain.GetAsync("/dist/v1.0.0/digits.bin"));

        Assert.Equal((200, 100), (answer!.Status, answer.Body.Length));
        Assert.Equal(reads, chain.Cache.Reads);
    }

    private static async Task<HotChain> StartAsync(bool isOnDisk = false)
    {
        var clock = new ManualClock(new DateTimeOffset(2026, 8, 5, 14, 3, 0, TimeSpan.Zero));
        return await HotChain.StartAsync(await HotChain.NewBucketAsync(clock), clock, isOnDisk: isOnDisk);
    }

    private static async Task OnASocketsThread(Func<Task> work)
    {
        var begun = new TaskCompletionSource<Task>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() => begun.SetResult(Begin(work)));
        thread.Start();
        await await begun.Task;

        static Task Begin(Func<Task> work)
        {
            try
            {
                return work();
            }
            catch (Exception exception)
            {
                return Task.FromException(exception);
            }
        }
    }
}
