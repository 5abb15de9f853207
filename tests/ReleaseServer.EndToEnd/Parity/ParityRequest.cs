using System.Globalization;

namespace ReleaseServer.EndToEnd.Parity;

/// <summary>A row of <c>requests.tsv</c>: what to ask of nginx and of the server, and where they shall differ.</summary>
/// <param name="Line">Its line in the file.</param>
/// <param name="Status">What nginx answers, so that a file missing in the tree cannot pass as two equal 404.</param>
/// <param name="Method">As it goes on the request line.</param>
/// <param name="Target">As it goes on the request line.</param>
/// <param name="Fields">Header fields; <c>{etag}</c>, <c>{weak}</c>, <c>{date}</c>, <c>{later}</c>, <c>{earlier}</c> and <c>{size}</c> stand for the server's own of this target.</param>
/// <param name="Differences">Identifiers in <c>differences.json</c>, beside those that hold wherever their condition does.</param>
internal sealed record ParityRequest(int Line, int Status, string Method, string Target, string[] Fields, string[] Differences)
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>Reads the rows: status, method, target, fields with <c> | </c> between, differences with commas between.</summary>
    public static IEnumerable<ParityRequest> Load() =>
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Parity", "requests.tsv"))
            .Select((text, index) => (Text: text, Line: index + 1))
            .Where(row => row.Text.Length > 0 && row.Text[0] != '#')
            .Select(row => Parse(row.Text, row.Line));

    /// <summary>Sends the request to a server, with that server's own validators in the place of the placeholders.</summary>
    public async Task<RawResponse> SendAsync(Uri address)
    {
        var fields = Fields;
        if (fields.Any(field => field.Contains('{')))
        {
            var current = await RawExchange.SendAsync(address, "GET", Target, []);
            fields = [.. fields.Select(field => Fill(field, current))];
        }

        return await RawExchange.SendAsync(address, Method, Target, fields);
    }

    private static string Fill(string field, RawResponse current)
    {
        var tag = current["ETag"] ?? "\"none\"";
        var date = current["Last-Modified"] is { } text
            ? DateTimeOffset.ParseExact(text, "R", CultureInfo.InvariantCulture)
            : DateTimeOffset.UnixEpoch;
        return field
            .Replace("{etag}", tag, StringComparison.Ordinal)
            .Replace("{weak}", tag.StartsWith("W/", StringComparison.Ordinal) ? tag : $"W/{tag}", StringComparison.Ordinal)
            .Replace("{date}", date.ToString("R"), StringComparison.Ordinal)
            .Replace("{later}", (date + Hour).ToString("R"), StringComparison.Ordinal)
            .Replace("{earlier}", (date - Hour).ToString("R"), StringComparison.Ordinal)
            .Replace("{size}", current.Body.Length.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }

    private static ParityRequest Parse(string text, int line)
    {
        var columns = text.Split('\t');
        if (columns.Length is < 3 or > 5)
        {
            throw new InvalidDataException($"requests.tsv, line {line}: {columns.Length} columns, not 3 to 5");
        }

        return new ParityRequest(
            line,
            int.Parse(columns[0], CultureInfo.InvariantCulture),
            columns[1],
            columns[2],
            columns.Length > 3 ? columns[3].Split(" | ", StringSplitOptions.RemoveEmptyEntries) : [],
            columns.Length > 4 ? columns[4].Split(',', StringSplitOptions.RemoveEmptyEntries) : []);
    }
}
