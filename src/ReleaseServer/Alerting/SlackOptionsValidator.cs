using Microsoft.Extensions.Options;

namespace ReleaseServer.Alerting;

internal sealed class SlackOptionsValidator : IValidateOptions<SlackOptions>
{
    public ValidateOptionsResult Validate(string? name, SlackOptions options)
    {
        var faults = new ValidateOptionsResultBuilder();
        if (options.WebhookUrl is { } url && !AlertAddress.IsUsable(url))
        {
            faults.AddError("must be an absolute http or https URL with neither user nor fragment, such as https://hooks.slack.com/services/T0/B0/KEY", "Slack:WebhookUrl");
        }

        return faults.Build();
    }
}
