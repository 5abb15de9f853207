using System.IO.Compression;
using System.Text.Json;

namespace ReleaseServer.Alerting;

/// <summary>An envelope: a line of JSON about itself, then for each item a line about it and its bytes.</summary>
internal static class SentryEnvelope
{
    public const string MediaType = "application/x-sentry-envelope";

    /// <param name="eventId">32 hexadecimal digits; null where there is no event inside.</param>
    /// <param name="sentAt">By which Sentry sees how wrong this machine's clock is.</param>
    /// <param name="items">Types, such as <c>event</c>, and JSON.</param>
    public static byte[] Build(string? eventId, DateTimeOffset sentAt, params ReadOnlySpan<(string Type, byte[] Json)> items)
    {
        using var envelope = new MemoryStream();
        WriteLine(envelope, json =>
        {
            if (eventId is not null)
            {
                json.WriteString("event_id", eventId);
            }

            json.WriteString("sent_at", SentryEvent.Text(sentAt));
            json.WriteStartObject("sdk");
            json.WriteString("name", AlertSource.ClientName);
            json.WriteString("version", AlertSource.ClientVersion);
            json.WriteEndObject();
        });
        foreach (var (type, content) in items)
        {
            WriteLine(envelope, json =>
            {
                json.WriteString("type", type);
                json.WriteNumber("length", content.Length);
                json.WriteString("content_type", "application/json");
            });
            envelope.Write(content);
            envelope.WriteByte((byte)'\n');
        }

        return envelope.ToArray();
    }

    /// <summary>The bytes as they travel: in memory, so that their length can be told.</summary>
    public static byte[] Compress(byte[] envelope)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal))
        {
            gzip.Write(envelope);
        }

        return compressed.ToArray();
    }

    private static void WriteLine(MemoryStream envelope, Action<Utf8JsonWriter> writeMembers)
    {
        using (var json = new Utf8JsonWriter(envelope))
        {
            json.WriteStartObject();
            writeMembers(json);
            json.WriteEndObject();
        }

        envelope.WriteByte((byte)'\n');
    }
}
