using ReleaseServer.Buckets;
using ReleaseServer.Configuration;
using ReleaseServer.Releases;

namespace ReleaseServer.Commands;

/// <summary>The verb <c>audit</c>.</summary>
internal static class AuditCommand
{
    public static async Task<int> RunAsync(ServerSettings settings, int most, bool isJson, Caller caller, CancellationToken cancellationToken)
    {
        if (most < 1)
        {
            await caller.Error.WriteLineAsync("--last must be 1 or more");
            return ExitCode.Usage;
        }

        var bucket = BucketFactory.CreateForCommand(settings.Bucket, TimeProvider.System);
        var lines = await AuditLog.ReadAsync(bucket, most, cancellationToken);
        if (isJson)
        {
            JsonReport.Print(caller.Output, json =>
            {
                json.WriteStartArray("lines");
                foreach (var line in lines)
                {
                    json.WriteStartObject();
                    json.WriteString("time", line.Time);
                    json.WriteString("by", line.By);
                    json.WriteString("command", line.Command);
                    json.WriteString("reason", line.Reason);
                    json.WriteNumber("before", line.Before);
                    json.WriteNumber("after", line.After);
                    json.WriteNumber("purge", line.Purge);
                    json.WriteTexts("detail", line.Detail ?? []);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            });
            return ExitCode.Success;
        }

        if (lines.Count == 0)
        {
            await caller.Output.WriteLineAsync("Nothing was promoted, rolled back, withdrawn or purged yet");
        }

        foreach (var line in lines)
        {
            var reason = line.Reason is { } text ? $" ({PrintableText.Of(text)})" : "";
            await caller.Output.WriteLineAsync(
                $"{line.Time.UtcDateTime:yyyy-MM-dd HH:mm:ss} {PrintableText.Of(line.By)} {PrintableText.Of(line.Command)}: generation {line.Before} -> {line.After}, purge {line.Purge}{reason}");
        }

        return ExitCode.Success;
    }
}
