using Microsoft.Extensions.Primitives;

namespace ReleaseServer.Http;

/// <summary>Chooses between the forms of a listing by the <c>Accept</c> field (RFC 9110 §12.5.1).</summary>
internal static class Accept
{
    /// <summary>Whether JSON is wanted more than HTML; a tie, and no field at all, stay with HTML.</summary>
    public static bool PrefersJson(StringValues value)
    {
        var json = default(Preference);
        var html = default(Preference);
        foreach (var member in new WeightedList(value))
        {
            if (!DescribesOurs(member.Parameters))
            {
                continue;
            }

            if (member.Is("*/*"))
            {
                json.Consider(1, member.Weight);
                html.Consider(1, member.Weight);
            }
            else if (member.Is("application/*"))
            {
                json.Consider(2, member.Weight);
            }
            else if (member.Is("text/*"))
            {
                html.Consider(2, member.Weight);
            }
            else if (member.Is("application/json"))
            {
                json.Consider(3, member.Weight);
            }
            else if (member.Is("text/html"))
            {
                html.Consider(3, member.Weight);
            }
        }

        return json.Weight > html.Weight;
    }

    // A range with parameters is about representations that have them. Ours have at most a charset.
    private static bool DescribesOurs(ReadOnlySpan<char> parameters) =>
        parameters.IsEmpty
        || (parameters.StartsWith("charset=", StringComparison.OrdinalIgnoreCase) && !parameters.Contains(';'));

    /// <summary>The weight that the most specific range gives; of equally specific ones, the highest.</summary>
    private struct Preference
    {
        private int _specificity;

        public int Weight { get; private set; }

        public void Consider(int specificity, int weight)
        {
            if (specificity > _specificity || (specificity == _specificity && weight > Weight))
            {
                (_specificity, Weight) = (specificity, weight);
            }
        }
    }
}
