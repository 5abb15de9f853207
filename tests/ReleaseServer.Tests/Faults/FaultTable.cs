using ReleaseServer.Site;
using ReleaseServer.Testing.S3;

namespace ReleaseServer.Tests.Faults;

/// <summary>What a client may see of a fault, where the cache has nothing and there is no origin.</summary>
internal enum Seen
{
    /// <summary>The right answer: the fault is waited for, or mended.</summary>
    Right,

    /// <summary>503.</summary>
    Refused,

    /// <summary>503, or a connection that breaks.</summary>
    Broken,

    /// <summary>What the store says, which nothing proves wrong before a body has come.</summary>
    Believed,
}

/// <summary>A way in which a store fails, and what may be seen of it.</summary>
/// <param name="Choose">The fault of a call; null for none.</param>
/// <param name="Of">What is seen by a request of a kind.</param>
internal sealed record TableFault(Func<StubCall, StubFault?> Choose, Func<RequestKind, Seen> Of)
{
    private static readonly StubCall Probe = new(
        "GET", MatrixSite.Bucket, GenerationDocument.Key.Value, new Dictionary<string, string>(), new Dictionary<string, string>(), Task.CompletedTask);

    /// <summary>Whether nothing is ever answered to the breaker's probe, so that it stays open until the store is well.</summary>
    public bool FailsProbes => Choose(Probe) is { } fault && (fault.Refuse || fault.Garble || fault.Status is not null || fault.HoldUntil is not null);

    /// <summary>Whether nothing fails at all. Else the breaker may refuse what the fault alone would not touch.</summary>
    public bool IsHarmless => Enum.GetValues<RequestKind>().All(kind => Of(kind) == Seen.Right);
}

internal enum RequestKind
{
    File,
    Range,
    Head,
    Listing,
}

/// <summary>Every way in which a store is known to fail.</summary>
internal static class FaultTable
{
    private static readonly Task Never = new TaskCompletionSource().Task;

    public static IReadOnlyDictionary<string, TableFault> Rows { get; } = new Dictionary<string, TableFault>
    {
        ["closes the connection"] = All(new StubFault { Refuse = true }),
        ["is slow"] = new(static _ => new StubFault { Latency = TimeSpan.FromMilliseconds(50) }, static _ => Seen.Right),
        ["hangs"] = All(new StubFault { HoldUntil = Never }),
        ["400"] = All(new StubFault { Status = 400, Code = "InvalidRequest" }),
        ["401"] = All(new StubFault { Status = 401, Code = "AuthorizationHeaderMalformed" }),
        ["403"] = All(new StubFault { Status = 403, Code = "AccessDenied" }),
        ["404 of a proxy"] = All(new StubFault { Status = 404, Body = "<html>no such site</html>" }, head: Seen.Refused),
        ["404 without a body"] = Some(static call => call.Method != "HEAD", new StubFault { Status = 404, Body = "" }),
        ["no such bucket"] = Some(static call => call.Method != "HEAD", new StubFault { Status = 404, Code = "NoSuchBucket" }),
        ["408"] = All(new StubFault { Status = 408, Code = "RequestTimeout" }),
        ["418"] = All(new StubFault { Status = 418, Body = "short and stout" }),
        ["429"] = All(new StubFault { Status = 429, Code = "TooManyRequests" }),
        ["500"] = All(new StubFault { Status = 500, Code = "InternalError" }),
        ["500 of a proxy"] = All(new StubFault { Status = 500, Body = "<html>oops</html>" }),
        ["501"] = All(new StubFault { Status = 501, Code = "NotImplemented" }),
        ["502"] = All(new StubFault { Status = 502, Body = "<html>bad gateway</html>" }),
        ["503"] = All(new StubFault { Status = 503, Code = "SlowDown" }),
        ["504"] = All(new StubFault { Status = 504, Body = "" }),
        ["a redirect"] = All(new StubFault { Status = 301, Body = "", Fields = new Dictionary<string, string?> { ["Location"] = "http://127.0.0.1:1/" } }),
        ["empty 200"] = All(new StubFault { Status = 200, Body = "" }),
        ["204"] = All(new StubFault { Status = 204, Body = "" }),
        ["a page of a proxy"] = All(new StubFault { Status = 200, Body = "<html>please log in</html>", Fields = new Dictionary<string, string?> { ["Content-Type"] = "text/html" } }),
        ["no HTTP"] = All(new StubFault { Garble = true }),
        ["reset before a body"] = Bodies(new StubFault { CutAfter = 0 }, Seen.Refused, Seen.Refused),
        ["reset within a body"] = Bodies(new StubFault { CutAfter = 500 }, Seen.Broken, Seen.Refused),
        ["reset late in a body"] = Bodies(new StubFault { CutAfter = 150_000 }, Seen.Broken, Seen.Right),
        ["hangs within a body"] = Bodies(new StubFault { CutAfter = 500, CutWhen = Never }, Seen.Broken, Seen.Refused),
        ["ends within a body"] = Bodies(new StubFault { EndAfter = 500 }, Seen.Broken, Seen.Refused),
        ["announces too much"] = new(
            static call => call.Method == "HEAD" ? null : new StubFault { LengthOff = 1_000 },
            static kind => kind == RequestKind.Head ? Seen.Believed : Seen.Broken),
        ["announces too little"] = new(
            static call => call.Method == "HEAD" ? null : new StubFault { LengthOff = -100 },
            static kind => kind == RequestKind.Head ? Seen.Believed : Seen.Broken),
        ["drips"] = new(static _ => new StubFault { Drip = TimeSpan.FromMilliseconds(5) }, static _ => Seen.Right),
        ["flips bits"] = new(
            static call => call.IsListing ? null : new StubFault { Flip = true },
            static kind => kind is RequestKind.File or RequestKind.Range ? Seen.Broken : Seen.Right),
        ["halves listings"] = Listings(static _ => true, new StubFault { HalveText = true }),
        ["fails at the second page"] = Listings(static call => call.Query.ContainsKey("continuation-token"), new StubFault { Status = 500, Code = "InternalError" }),
        ["hangs at the second page"] = Listings(static call => call.Query.ContainsKey("continuation-token"), new StubFault { HoldUntil = Never }),
    };

    private static TableFault All(StubFault fault, Seen head = Seen.Refused) => new(_ => fault, kind => kind == RequestKind.Head ? head : Seen.Refused);

    private static TableFault Some(Func<StubCall, bool> when, StubFault fault) =>
        new(call => when(call) ? fault : null, static kind => kind == RequestKind.Head ? Seen.Right : Seen.Refused);

    private static TableFault Bodies(StubFault fault, Seen file, Seen listing) => new(
        _ => fault,
        kind => kind switch
        {
            RequestKind.Head => Seen.Right,
            RequestKind.Listing => listing,
            _ => file,
        });

    private static TableFault Listings(Func<StubCall, bool> when, StubFault fault) =>
        new(call => call.IsListing && when(call) ? fault : null, static kind => kind == RequestKind.Listing ? Seen.Refused : Seen.Right);
}
