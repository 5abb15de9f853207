namespace ReleaseServer.EndToEnd.Parity;

/// <summary>The rows of <c>requests.tsv</c> as test cases.</summary>
internal static class ParityRows
{
    private static readonly Dictionary<int, ParityRequest> Requests = ParityRequest.Load().ToDictionary(request => request.Line);

    /// <summary>Each row's line and what it asks, so that a failure names both.</summary>
    public static TheoryData<int, string> All()
    {
        var rows = new TheoryData<int, string>();
        foreach (var request in Requests.Values)
        {
            rows.Add(request.Line, $"{request.Method} {request.Target} {string.Join(" | ", request.Fields)}".TrimEnd());
        }

        return rows;
    }

    public static ParityRequest At(int line) => Requests[line];
}
