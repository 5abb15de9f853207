using System.Globalization;

namespace ReleaseServer.Site;

/// <summary>Dates in the documents that publishers write: UTC, whole seconds, such as <c>2026-08-05T14:03:00Z</c>.</summary>
internal static class PublishedDate
{
    private const string Form = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    public static string Format(DateTimeOffset date) => date.UtcDateTime.ToString(Form, CultureInfo.InvariantCulture);

    /// <summary>Reads a member that must be there; default, with a fault, where it is no date.</summary>
    public static DateTimeOffset Read(JsonRow row, string name)
    {
        var date = default(DateTimeOffset);
        if (row.Text(name) is { } text
            && !DateTimeOffset.TryParseExact(text, Form, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out date))
        {
            row.Fault($"{name} must be a date, such as 2026-08-05T14:03:00Z; is '{text}'");
        }

        return date;
    }
}
