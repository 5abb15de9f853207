namespace ReleaseServer.Testing.Origin;

/// <summary>What an <see cref="OriginStub"/> does in place of an answer.</summary>
internal enum OriginFault
{
    None,

    /// <summary>Takes the connection and resets it before it has read anything.</summary>
    Refuse,

    /// <summary>Reads the request and resets the connection.</summary>
    Reset,

    /// <summary>Reads the request and says nothing until the other side gives up.</summary>
    Hang,

    /// <summary>500 with a page of its own.</summary>
    Status500,

    /// <summary>503 with a page of its own.</summary>
    Status503,

    /// <summary>429: too much is asked of it.</summary>
    Status429,

    /// <summary>403: it refuses this request.</summary>
    Status403,

    /// <summary>204, which no file is.</summary>
    Status204,

    /// <summary>206 for a part that nobody asked for, and 304 without conditions.</summary>
    Unasked,

    /// <summary>Bytes that are no HTTP.</summary>
    Garbage,

    /// <summary>200 without a length or chunks: its end would be the end of the connection.</summary>
    NoLength,

    /// <summary>A length that is no number.</summary>
    OddLength,

    /// <summary>Closes in good order after the head of the answer.</summary>
    HeadOnly,

    /// <summary>A redirect to the same path at another address of its own.</summary>
    RedirectToItself,

    /// <summary>A redirect to no address.</summary>
    RedirectToNowhere,
}
