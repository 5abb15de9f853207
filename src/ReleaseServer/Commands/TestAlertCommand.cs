using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using ReleaseServer.Alerting;

namespace ReleaseServer.Commands;

/// <summary>The verb <c>test-alert</c>: sends one alert to every sink of the settings, past all that keeps alerts few, and says who took it.</summary>
internal sealed class TestAlertCommand(ServerSettings settings, string? message, Caller caller, TimeProvider clock)
{
    private const string DefaultMessage = "A test, sent by hand: nothing is wrong.";

    public static Command Create(VerbFactory verb, Caller caller)
    {
        var message = new Option<string?>("--message") { Description = "What it says", HelpName = "text" };
        var command = new Command("test-alert", "Send a test alert to Sentry and Slack, as far as the settings name them, and print who took it") { message };
        return verb(command, (settings, parsed, token) => new TestAlertCommand(settings, parsed.GetValue(message), caller, TimeProvider.System).RunAsync(token));
    }

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var sinks = MakeSinks();
        try
        {
            if (sinks.Count == 0)
            {
                await caller.Error.WriteLineAsync("Nobody is told of alerts but the log: neither Sentry:Dsn nor Slack:WebhookUrl is set");
                return ExitCode.Configuration;
            }

            var note = NewNote();
            var haveAllTaken = true;
            foreach (var sink in sinks)
            {
                haveAllTaken &= await TellAsync(sink, note, cancellationToken);
            }

            return haveAllTaken ? ExitCode.Success : ExitCode.Failed;
        }
        finally
        {
            sinks.ForEach(static sink => (sink as IDisposable)?.Dispose());
        }
    }

    private List<IAlertSink> MakeSinks()
    {
        var source = AlertSource.Of(settings.Alerting, settings.Sentry);
        var sinks = new List<IAlertSink>();
        if (settings.Sentry.Dsn is not null)
        {
            // Whatever part of the events is sent, this one is among it.
            sinks.Add(new SentryAlertSink(
                settings.Sentry, source, new SecretScrubber(ServerSettings.SecretsOf(settings)), clock, NullLogger<SentryAlertSink>.Instance, draw: static () => 0));
        }

        if (settings.Slack.WebhookUrl is not null)
        {
            sinks.Add(new SlackAlertSink(settings.Slack, source, clock));
        }

        return sinks;
    }

    private AlertNote NewNote()
    {
        var now = clock.GetUtcNow();
        return new AlertNote
        {
            Kind = AlertKind.Test,
            Subject = "this node",
            Message = new SecretScrubber(ServerSettings.SecretsOf(settings)).Scrub(message ?? DefaultMessage),
            Phase = AlertPhase.Raised,
            Since = now,
            At = now,
            Count = 1,
            Suppressed = 0,
        };
    }

    private async Task<bool> TellAsync(IAlertSink sink, AlertNote note, CancellationToken cancellationToken)
    {
        var delivery = await sink.SendAsync([note], cancellationToken);
        if (delivery.Sent == 1)
        {
            await caller.Output.WriteLineAsync($"{sink.Name} ({sink.Destination}) took it");
            return true;
        }

        await caller.Error.WriteLineAsync($"{sink.Name} did not take it: {delivery.Trouble ?? "Sentry:SampleRate is 0, so no event is sent"}");
        return false;
    }
}
