using System.IO.Compression;
using System.Text;
using ReleaseServer.Testing.Http;

namespace ReleaseServer.Tests.Conformance;

/// <summary>Holds two answers to one request to being the same, but for what tells of the moment and of the cache.</summary>
internal static class SameAnswer
{
    private static readonly string[] OfTheMoment = ["Date", "Age", "Cache-Status"];

    // A coded form that is kept has a length; one that is made on the way has none.
    private static readonly string[] OfTheFraming = ["Content-Length", "Transfer-Encoding"];

    public static void Check(RawResponse expected, RawResponse actual)
    {
        var isCodedAnew = expected["Content-Encoding"] is not null && expected["Accept-Ranges"] is null;
        Assert.Equal(Told(expected, isCodedAnew), Told(actual, isCodedAnew));
    }

    private static string Told(RawResponse response, bool isCodedAnew)
    {
        var fields = response.Fields
            .Where(static field => !OfTheMoment.Contains(field.Key))
            .Where(field => !isCodedAnew || !OfTheFraming.Contains(field.Key))
            .Select(static field => $"{field.Key}: {field.Value}")
            .Order(StringComparer.Ordinal);
        var body = isCodedAnew ? Decode(response) : response.Body;
        var told = $"{response.Version} {response.Status}\n{string.Join('\n', fields)}\n\n{Encoding.Latin1.GetString(body)}";

        // Drawn anew for each answer.
        return response["Content-Type"]?.Split("boundary=") is [_, var boundary] ? told.Replace(boundary, "boundary", StringComparison.Ordinal) : told;
    }

    private static byte[] Decode(RawResponse response)
    {
        if (response.Body.Length == 0)
        {
            return [];
        }

        using var coded = new MemoryStream(response.Body);
        using Stream decoder = response["Content-Encoding"] == "br"
            ? new BrotliStream(coded, CompressionMode.Decompress)
            : new GZipStream(coded, CompressionMode.Decompress);
        using var decoded = new MemoryStream();
        decoder.CopyTo(decoded);
        return decoded.ToArray();
    }
}
