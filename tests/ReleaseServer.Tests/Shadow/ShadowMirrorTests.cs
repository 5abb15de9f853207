using System.Text;
using Microsoft.Extensions.DependencyInjection;
using ReleaseServer.Downloads;
using ReleaseServer.Releases;
using ReleaseServer.Shadow;
using ReleaseServer.Testing.Buckets;
using ReleaseServer.Testing.Http;
using ReleaseServer.Testing.Origin;
using ReleaseServer.Testing.Server;

namespace ReleaseServer.Tests.Shadow;

/// <summary>What is found out about a candidate, and that clients never notice.</summary>
public sealed class ShadowMirrorTests : IAsyncLifetime
{
    private const string Target = "/dist/v1.0.0/node-v1.0.0-linux-x64.tar.gz";

    private static readonly byte[] Content = Encoding.ASCII.GetBytes("an archive, which is counted");
    private static readonly DateTimeOffset Modified = new(2020, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly InMemoryBucket _bucket = new();
    private OriginStub? _candidate;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private OriginStub Candidate => _candidate!;

    public async ValueTask InitializeAsync()
    {
        _candidate = await OriginStub.StartAsync();
        _bucket.Put("nodejs/release" + Target["/dist".Length..], Content, Modified, "application/gzip");
        await new SitePublisher(_bucket, TimeProvider.System).PublishLinksAsync([], Token);
    }

    public ValueTask DisposeAsync() => Candidate.DisposeAsync();

    [Fact]
    public async Task Candidate_AnswersTheSame_NothingIsReported()
    {
        await using var server = await StartAsync();
        await PlantAsync(server);

        await server.AskAsync("GET", Target, Token);
        await server.AskAsync("HEAD", Target, Token);
        await server.AskAsync("GET", Target, Token, "Range: bytes=3-9");

        var findings = await FindingsAsync(server, 3);
        Assert.Equal((3, 0, 0), (findings.Same, findings.Different, findings.Failed));
        Assert.Empty(findings.Last);
    }

    [Theory]
    [InlineData("status", "status")]
    [InlineData("length", "length, body")]
    [InlineData("tag", "entity-tag")]
    [InlineData("no tag", "entity-tag")]
    [InlineData("date", "last-modified")]
    [InlineData("byte", "body")]
    public async Task Candidate_DiffersInOne_IsReportedAsThat(string planted, string kinds)
    {
        await using var server = await StartAsync();
        await PlantAsync(server, planted);

        await server.AskAsync("GET", Target, Token);

        var findings = await FindingsAsync(server, 1);
        var finding = Assert.Single(findings.Last);
        Assert.Equal(("GET", Target, kinds, 1), (finding.Method, finding.Target, string.Join(", ", ShadowDifferences.NamesOf(finding.Kinds)), finding.Times));
        Assert.Equal((1, 1), (findings.Different, findings.Count(finding.Kinds & ~ShadowDifference.Length)));
        await server.Log.LineAsync($"The candidate differs in {kinds} for GET {Target}");
    }

    [Fact]
    public async Task Candidate_DiffersForAMoment_IsNoDifference()
    {
        await using var server = await StartAsync();
        await PlantAsync(server, "byte", isOnce: true);

        await server.AskAsync("GET", Target, Token);

        Assert.Equal((1, 0), (await FindingsAsync(server, 1) is var findings ? findings.Same : 0, findings.Different));
        Assert.Equal(2, Candidate.Calls.Count);
    }

    [Fact]
    public async Task Candidate_Differs_AdminAddressAndMetricsSaySo()
    {
        await using var server = await StartAsync();
        await PlantAsync(server, "tag");
        await server.AskAsync("GET", Target, Token);
        await FindingsAsync(server, 1);

        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{server.AdminPort}/") };
        var described = await http.GetStringAsync("shadow", Token);
        var metrics = await http.GetStringAsync("metrics", Token);

        Assert.Contains("\"kinds\": [\n        \"entity-tag\"\n      ]", described, StringComparison.Ordinal);
        Assert.Contains($"\"target\": \"{Target}\"", described, StringComparison.Ordinal);
        Assert.Contains("releaseserver_shadow_requests_total{outcome=\"different\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("releaseserver_shadow_differences_total{kind=\"entity-tag\"} 1\n", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Admin_NoCandidate_404ThatNamesTheSetting()
    {
        await using var server = await RunningServer.StartAsync(_bucket, Token);
        using var http = new HttpClient();

        using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{server.AdminPort}/shadow"), Token);

        Assert.Equal(404, (int)answer.StatusCode);
        Assert.Contains("Shadow:Url", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_Mirrored_WithWhatChoosesTheAnswerAndNothingElse()
    {
        await using var server = await StartAsync();
        await PlantAsync(server);

        await server.AskAsync("GET", "/dist/%76/../x?q=1", Token, "Authorization: Basic secret", "Cookie: secret=1", "User-Agent: somebody", "Accept: text/html", "If-None-Match: \"x\"", "Forwarded: for=192.0.2.1");
        await Candidate.WaitForCallAsync(Token);

        var call = Candidate.Calls[0];
        Assert.Equal("/dist/%76/../x?q=1", call.Target);
        Assert.Equal(["Accept", "Host", "If-None-Match", "ReleaseServer-Shadow", "User-Agent"], call.Fields.Keys.Order());
        Assert.Equal("ReleaseServer-shadow", call.Fields["User-Agent"]);
    }

    [Fact]
    public async Task Request_MirroredAlready_IsNotMirroredAgainAndNoDownload()
    {
        await using var server = await StartAsync();
        await PlantAsync(server);
        var downloads = server.Services.GetRequiredService<DownloadCounter>();

        await server.AskAsync("GET", Target, Token, "ReleaseServer-Shadow: 1");
        Assert.Equal(0, downloads.Counted);
        await server.AskAsync("GET", Target, Token);
        await FindingsAsync(server, 1);

        // Ours was asked twice more, by the mirror; one of all these is a client's.
        Assert.Equal(1, downloads.Counted);
        Assert.Single(Candidate.Calls);
    }

    [Fact]
    public async Task Content_LongerThanTheLimit_OnlyItsBeginningIsAskedFor()
    {
        await using var server = await StartAsync(shadow => shadow.MaxBodyBytes = 10);
        await PlantAsync(server);

        await server.AskAsync("GET", Target, Token);

        var findings = await FindingsAsync(server, 1);
        Assert.Equal("bytes=0-9", Candidate.Calls[0].Fields["Range"]);
        Assert.Equal(1, findings.Same);
    }

    [Fact]
    public async Task Candidate_Hangs_ClientsAreAnsweredAndWhatDoesNotFitIsDropped()
    {
        const int Requests = 50;
        await using var server = await StartAsync(shadow => (shadow.QueueLength, shadow.Concurrency, shadow.Timeout) = (4, 2, TimeSpan.FromMinutes(5)));
        Candidate.Fault = OriginFault.Hang;

        for (var i = 0; i < Requests; i++)
        {
            Assert.Equal(200, (await server.AskAsync("GET", Target, Token)).Status);
        }

        // Two are being asked at most, four wait.
        var mirror = server.Services.GetRequiredService<ShadowMirror>();
        Assert.InRange(mirror.Dropped, Requests - 6, Requests - 4);
        Assert.InRange(mirror.Waiting, 0, 4);
        Assert.Equal((0, 0), (mirror.Findings.Same, mirror.Findings.Different));
    }

    [Theory]
    [InlineData(OriginFault.Refuse)]
    [InlineData(OriginFault.Reset)]
    [InlineData(OriginFault.Garbage)]
    [InlineData(OriginFault.Status429)]
    internal async Task Candidate_GivesNoAnswerThatCounts_IsAFailureToldOnce(OriginFault fault)
    {
        await using var server = await StartAsync();
        Candidate.Fault = fault;

        await server.AskAsync("GET", Target, Token);
        await server.AskAsync("GET", Target, Token);

        var findings = await FindingsAsync(server, 2);
        Assert.Equal((0, 0, 2), (findings.Same, findings.Different, findings.Failed));
        await server.Log.LineAsync("cannot be compared with");
        Assert.Single(server.Log.Lines, static line => line.Contains("cannot be compared with the candidate's answers: \"the candidate: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Candidate_IsTheServerItself_EndsAfterOneTurn()
    {
        await using var server = await StartAsync();

        // Its own port is known only now, so another server stands for the circle: both mirror to each other.
        await using var other = await RunningServer.StartAsync(_bucket, Token, configure: settings => Configure(settings.Shadow, new Uri($"http://127.0.0.1:{server.PublicPort}")));
        await other.AskAsync("GET", Target, Token);

        Assert.Equal(1, (await FindingsAsync(other, 1)).Same);
        Assert.Empty(Candidate.Calls);
    }

    private static void Configure(ShadowOptions shadow, Uri candidate) => (shadow.Url, shadow.Share, shadow.ConfirmAfter) = (candidate, 1, TimeSpan.Zero);

    private static async Task<ShadowFindings> FindingsAsync(RunningServer server, long compared)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(RawClient.Patience);
        var findings = server.Services.GetRequiredService<ShadowMirror>().Findings;
        while (findings.Same + findings.Different + findings.Failed < compared || findings.Last.Sum(static finding => finding.Times) < findings.Different)
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        Assert.Equal(compared, findings.Same + findings.Different + findings.Failed);
        return findings;
    }

    private Task<RunningServer> StartAsync(Action<ShadowOptions>? configure = null) => RunningServer.StartAsync(_bucket, Token, configure: settings =>
    {
        Configure(settings.Shadow, new Uri(Candidate.Address));
        configure?.Invoke(settings.Shadow);
    });

    // The candidate says what the server says, but for one thing.
    private async Task PlantAsync(RunningServer server, string? planted = null, bool isOnce = false)
    {
        var truth = await server.AskAsync("HEAD", Target, Token, "ReleaseServer-Shadow: 1");
        Candidate.Script = async context =>
        {
            var what = isOnce && Candidate.Calls.Count > 1 ? null : planted;
            var response = context.Response;
            if (what == "status")
            {
                response.StatusCode = 404;
                return;
            }

            var content = what switch
            {
                "length" => Content[..^1],
                "byte" => [.. Content[..^1], (byte)'!'],
                _ => Content,
            };
            if (what != "no tag")
            {
                response.Headers.ETag = what == "tag" ? "\"another\"" : truth["ETag"];
            }

            response.Headers.LastModified = what == "date" ? "Thu, 02 Jan 2020 03:04:06 GMT" : truth["Last-Modified"];
            if (context.Request.Headers.Range is [{ } range])
            {
                var ends = range["bytes=".Length..].Split('-').Select(int.Parse).ToList();
                response.StatusCode = 206;
                response.Headers.ContentRange = $"bytes {ends[0]}-{ends[1]}/{content.Length}";
                content = content[ends[0]..(ends[1] + 1)];
            }

            response.ContentLength = content.Length;
            if (context.Request.Method == "GET")
            {
                await response.Body.WriteAsync(content, Token);
            }
        };
    }
}
