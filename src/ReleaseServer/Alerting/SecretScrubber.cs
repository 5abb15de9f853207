using System.Text.RegularExpressions;
using ReleaseServer.Configuration;

namespace ReleaseServer.Alerting;

/// <summary>Takes secrets out of texts that leave this machine. Safe for concurrent use.</summary>
/// <param name="secrets">Values of the settings that are secret; short ones would blot out words.</param>
internal sealed partial class SecretScrubber(IEnumerable<string> secrets)
{
    private const int ShortestSecret = 6;

    private readonly string[] _secrets = [.. secrets.Where(static secret => secret.Length >= ShortestSecret).OrderByDescending(static secret => secret.Length)];

    /// <summary>The text with what is secret, or looks so, as <c>***</c>; the same object where there is nothing.</summary>
    public string Scrub(string text)
    {
        foreach (var secret in _secrets)
        {
            text = text.Replace(secret, SettingValue.Mask, StringComparison.Ordinal);
        }

        text = UserInfo().Replace(text, SettingValue.Mask);
        text = Credentials().Replace(text, SettingValue.Mask);
        return Pairs().Replace(text, SettingValue.Mask);
    }

    // https://user:password@host
    [GeneratedRegex(@"(?<=://)[^/\s@?#""']+(?=@)")]
    private static partial Regex UserInfo();

    // Authorization: Bearer x, and an incoming webhook, whose path is its secret.
    [GeneratedRegex(@"(?<=\b(?:Bearer|Basic)\s+)[A-Za-z0-9._~+/=-]{6,}|(?<=hooks\.slack\.com/)[^\s""'<>]+", RegexOptions.IgnoreCase)]
    private static partial Regex Credentials();

    // X-Amz-Signature=x, token=x, "secretKey": "x", password: x
    [GeneratedRegex(
        @"(?<=\b[\w-]*(?:signature|credential|token|password|passwd|secret|secret[_-]?key|access[_-]?key(?:[_-]?id)?|api[_-]?key)[""']?\s*[=:]\s*[""']?)[^\s&""',;)<>]+",
        RegexOptions.IgnoreCase)]
    private static partial Regex Pairs();
}
