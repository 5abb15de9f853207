using ReleaseServer.Alerting;
using ReleaseServer.Testing.Time;

namespace ReleaseServer.Tests.Alerting;

/// <summary>The small rules of the Sentry client: addresses, limits, names of methods, secrets.</summary>
public sealed class SentryWordsTests
{
    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    [Theory]
    [InlineData("https://key@o0.ingest.sentry.io/42", "https://o0.ingest.sentry.io/api/42/envelope/", "key", null)]
    [InlineData("http://key:secret@localhost:9000/42", "http://localhost:9000/api/42/envelope/", "key", "secret")]
    [InlineData("https://key@relay.example.org/a/b/42/", "https://relay.example.org/a/b/api/42/envelope/", "key", null)]
    public void Dsn_Valid_AddressAndKeys(string text, string envelopes, string publicKey, string? secretKey)
    {
        Assert.True(SentryDsn.TryParse(text, out var dsn));

        Assert.Equal((envelopes, publicKey, secretKey), (dsn.Envelopes.AbsoluteUri, dsn.PublicKey, dsn.SecretKey));
        Assert.Equal(secretKey is not null, dsn.Authorization.EndsWith(",sentry_secret=secret", StringComparison.Ordinal));
        Assert.DoesNotContain("key", dsn.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("key@host/42")]
    [InlineData("https://host/42")]
    [InlineData("https://key@host/")]
    [InlineData("https://key@host")]
    [InlineData("https://:secret@host/42")]
    [InlineData("https://a:b:c@host/42")]
    [InlineData("https://k,ey@host/42")]
    [InlineData("ftp://key@host/42")]
    [InlineData("https://key@host/42#x")]
    public void Dsn_Invalid_Refused(string text) => Assert.False(SentryDsn.TryParse(text, out _));

    [Theory]
    [InlineData(200, "10:error:organization", null, 10)]
    [InlineData(200, "2.5:error;transaction:key", null, 2.5)]
    [InlineData(429, " 10 : error : organization , 20:default;error:key:reason:ns", "99", 20)]
    [InlineData(200, "10::organization", null, 10)]
    [InlineData(429, "10:transaction:organization", "99", 0)]
    [InlineData(429, "nonsense", "99", 0)]
    [InlineData(429, null, "7", 7)]
    [InlineData(429, null, "7.5", 7.5)]
    [InlineData(429, null, "Fri, 02 Jan 2026 03:04:35 GMT", 30)]
    [InlineData(429, null, null, 60)]
    [InlineData(429, null, "soon", 60)]
    [InlineData(503, null, "7", 0)]
    public void RateLimits_Answer_ErrorsAreNotWantedForThatLong(int status, string? limits, string? retryAfter, double seconds)
    {
        var rate = new SentryRateLimits(_clock);

        rate.Update(status, limits, retryAfter);

        Assert.Equal(seconds > 0, rate.IsLimited("error"));
        _clock.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(seconds > 0, rate.IsLimited("error"));
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.False(rate.IsLimited("error"));
    }

    [Fact]
    public void RateLimits_ShorterOneLater_LongerStays()
    {
        var rate = new SentryRateLimits(_clock);
        rate.Update(200, "60:error:key", null);
        rate.Update(200, "5:error:key", null);

        _clock.Advance(TimeSpan.FromSeconds(59));

        Assert.True(rate.IsLimited("error"));
        Assert.False(rate.IsLimited("transaction"));
    }

    [Theory]
    [InlineData("A.B+<ReadAsync>d__5", "MoveNext", "A.B", "ReadAsync")]
    [InlineData("A.B+<ReadAsync>d__5`1", "MoveNext", "A.B", "ReadAsync")]
    [InlineData("A.B+<>c", "<Run>b__3_0", "A.B", "Run {lambda}")]
    [InlineData("A.B+<>c__DisplayClass3_0", "<Run>b__0", "A.B", "Run {lambda}")]
    [InlineData("A.B+<>c+<<Run>b__3_0>d", "MoveNext", "A.B", "Run {lambda}")]
    [InlineData("A.B", "<Run>g__Local|3_0", "A.B", "Local")]
    [InlineData("A.B+<<Run>g__LocalAsync|3_0>d", "MoveNext", "A.B", "LocalAsync")]
    [InlineData("A.B+Nested", "Run", "A.B.Nested", "Run")]
    [InlineData("A.B", "MoveNext", "A.B", "MoveNext")]
    public void Stack_NameOfTheCompilers_NameOfTheSource(string type, string method, string wantedType, string wantedMethod) =>
        Assert.Equal((wantedType, wantedMethod), SentryStack.Demangle(type, method));

    [Theory]
    [InlineData("nothing to hide at https://host/a?b=c", "nothing to hide at https://host/a?b=c")]
    [InlineData("https://user:pw@host/x", "https://***@host/x")]
    [InlineData("GET /x?X-Amz-Signature=abc&X-Amz-Credential=AKIA%2F1&b=2", "GET /x?X-Amz-Signature=***&X-Amz-Credential=***&b=2")]
    [InlineData("Authorization: Bearer abc.def-123", "Authorization: Bearer ***")]
    [InlineData("{\"secretKey\": \"abc\", \"b\": 1}", "{\"secretKey\": \"***\", \"b\": 1}")]
    [InlineData("password=x; token: y", "password=***; token: ***")]
    [InlineData("posted to https://hooks.slack.com/services/T0/B0/abc", "posted to https://hooks.slack.com/***")]
    [InlineData("the very-secret-key was refused", "the *** was refused")]
    [InlineData("token bucket of 3", "token bucket of 3")]
    public void Scrub_Text_SecretsGoneAndTheRestAsItWas(string text, string scrubbed) => Assert.Equal(scrubbed, AlertOfTest.Scrubber.Scrub(text));
}
