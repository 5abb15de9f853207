using ReleaseServer.Alerting;
using ReleaseServer.Testing.Alerting;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Alerting;

public sealed class SlackAlertSinkTests : IAsyncLifetime
{
    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 1, 2, 3, 14, 6, TimeSpan.Zero));
    private AlertStub _stub = null!;
    private SlackAlertSink _sink = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _stub = await AlertStub.StartAsync();
        _sink = new SlackAlertSink(new SlackOptions { WebhookUrl = _stub.Webhook }, AlertOfTest.Source, _clock);
    }

    public async ValueTask DisposeAsync()
    {
        _sink.Dispose();
        await _stub.DisposeAsync();
    }

    [Fact]
    public async Task Send_Trouble_WhatWhereWhenAndWhatToDo()
    {
        var delivery = await _sink.SendAsync([AlertOfTest.Note() with { Message = "<timeout> & co." }], Cancellation);

        Assert.Equal(new AlertDelivery(1, 0, null), delivery);
        var call = Assert.Single(_stub.SlackCalls);
        Assert.Equal("application/json; charset=utf-8", call.Fields["Content-Type"]);
        Assert.Equal("Trouble: Bucket down (staging, dist-3)", (string)call.Json["text"]!);
        Assert.Equal(
            """
            :red_circle: *Trouble: Bucket down*
            *What:* &lt;timeout&gt; &amp; co.
            *Where:* s3 releases (staging, node dist-3)
            *When:* seen 12 times since 2026-01-02 03:04:05 UTC
            *Do:* <https://wiki.example.org/sops/bucket-down.md|runbook bucket-down>
            """,
            (string)call.Json["blocks"]![0]!["text"]!["text"]!);
    }

    [Fact]
    public async Task Send_Over_SaysForHowLongItWas()
    {
        await _sink.SendAsync([AlertOfTest.Note(phase: AlertPhase.Resolved) with { Message = "It answers again." }], Cancellation);

        Assert.Equal(
            """
            :large_green_circle: *Over: Bucket down*
            *What:* It answers again.
            *Where:* s3 releases (staging, node dist-3)
            *When:* seen 12 times, from 2026-01-02 03:04:05 UTC to 2026-01-02 03:14:05 UTC
            """,
            (string)Assert.Single(_stub.SlackCalls).Json["blocks"]![0]!["text"]!["text"]!);
    }

    [Fact]
    public async Task Send_Many_OnePostThatCountsTheRest()
    {
        var delivery = await _sink.SendAsync([.. Enumerable.Range(0, 25).Select(i => AlertOfTest.Note(subject: $"bucket {i}"))], Cancellation);

        Assert.Equal(25, delivery.Sent);
        var call = Assert.Single(_stub.SlackCalls);
        Assert.Equal("Trouble: Bucket down (staging, dist-3), and 24 more", (string)call.Json["text"]!);
        Assert.Equal(11, call.Json["blocks"]!.AsArray().Count);
        Assert.Equal("… and 15 more: see the log of the node.", (string)call.Json["blocks"]![10]!["text"]!["text"]!);
    }

    [Theory]
    [InlineData(429, "17", 17)]
    [InlineData(429, null, 30)]
    [InlineData(503, null, 30)]
    [InlineData(429, "86400", 600)]
    public async Task Send_RefusedForNow_ToBeSentAgainInItsTime(int status, string? retryAfter, int seconds)
    {
        _stub.ThenAnswer(status, retryAfter is null ? [] : [("Retry-After", retryAfter)]);

        var delivery = await _sink.SendAsync([AlertOfTest.Note()], Cancellation);

        Assert.Equal(TimeSpan.FromSeconds(seconds), delivery.RetryAfter);
        Assert.Equal($"{_stub.Url.Authority} answered {status}", delivery.Trouble);
    }

    [Fact]
    public async Task Send_RefusedForGood_SaysWhichSettingAndNotTheKey()
    {
        _stub.ThenAnswer(404);

        var delivery = await _sink.SendAsync([AlertOfTest.Note()], Cancellation);

        Assert.Equal(new AlertDelivery(0, 1, $"{_stub.Url.Authority} answered 404: is Slack:WebhookUrl still right?"), delivery);
    }

    [Fact]
    public void Wants_ErrorsThatNobodyMustActOn_No()
    {
        Assert.False(_sink.Wants(AlertOfTest.Note(AlertKind.Unexpected)));
        Assert.All(AlertKind.All.Where(kind => kind != AlertKind.Unexpected), kind => Assert.True(_sink.Wants(AlertOfTest.Note(kind))));
    }
}
