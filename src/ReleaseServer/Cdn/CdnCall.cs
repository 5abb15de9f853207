using System.Net.Http.Headers;
using System.Text.Json;

namespace ReleaseServer.Cdn;

/// <summary>One request to a CDN, from which a message can be made for each try. Immutable.</summary>
/// <param name="Url">Where it goes; always POST.</param>
/// <param name="Fields">Header fields, secrets among them.</param>
/// <param name="Json">Its content; null for none.</param>
internal sealed record CdnCall(Uri Url, IReadOnlyList<(string Name, string Value)> Fields, byte[]? Json)
{
    /// <summary>The answer's content must be JSON with <c>success</c> true: such an API answers 200 to what it refuses.</summary>
    public bool MustSaySuccess { get; init; }

    /// <summary>Makes JSON of an object.</summary>
    public static byte[] ToJson(Action<Utf8JsonWriter> writeMembers)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            writeMembers(json);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    public static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    public HttpRequestMessage ToMessage()
    {
        var message = new HttpRequestMessage(HttpMethod.Post, Url);
        foreach (var (name, value) in Fields)
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }

        if (Json is not null)
        {
            message.Content = new ByteArrayContent(Json);
            message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        return message;
    }

    // A record would print its members, and with them the token.
    public override string ToString() => $"POST {Url.GetLeftPart(UriPartial.Authority)}";
}
