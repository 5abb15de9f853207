using System.Globalization;

namespace ReleaseServer.Http;

/// <summary>Dates on the wire (RFC 9110 §5.6.7): UTC, whole seconds. Reads all three forms, writes the preferred one.</summary>
internal static class HttpDate
{
    private const string DayNames = "MonTueWedThuFriSatSun";
    private const string MonthNames = "JanFebMarAprMayJunJulAugSepOctNovDec";

    /// <summary>Reads one date by the letter of the grammar; false for anything else, white space around it included.</summary>
    /// <remarks>
    /// The day name must be a day name, but is not compared with the date. The leap second 23:59:60 is the second after it.
    /// </remarks>
    /// <param name="clock">Settles the century of a year of two digits; not asked otherwise.</param>
    public static bool TryParse(ReadOnlySpan<char> text, TimeProvider clock, out DateTimeOffset date)
    {
        if (text.Length == 29 && text[3] == ',')
        {
            return TryParseImfFixdate(text, out date);
        }

        return text.Length == 24 && text[3] == ' '
            ? TryParseAsctime(text, out date)
            : TryParseRfc850(text, clock, out date);
    }

    /// <summary>Writes the preferred form, such as <c>Sun, 06 Nov 1994 08:49:37 GMT</c>; fractions of a second are cut off.</summary>
    public static string Format(DateTimeOffset date) => date.UtcDateTime.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>What <see cref="Format"/> can carry of a date: UTC, the fraction of the second cut off.</summary>
    public static DateTimeOffset ToWholeSeconds(DateTimeOffset date) =>
        new(date.UtcTicks - (date.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);

    // Sun, 06 Nov 1994 08:49:37 GMT
    private static bool TryParseImfFixdate(ReadOnlySpan<char> text, out DateTimeOffset date)
    {
        date = default;
        return TryFindName(DayNames, text[..3], out _)
            && text[4] == ' '
            && TryReadNumber(text[5..7], out var day)
            && text[7] == ' '
            && TryFindName(MonthNames, text[8..11], out var month)
            && text[11] == ' '
            && TryReadNumber(text[12..16], out var year)
            && text[16] == ' '
            && TryReadTime(text[17..25], out var second)
            && text[25..] is " GMT"
            && TryCompose(year, month, day, second, out date);
    }

    // Sun Nov  6 08:49:37 1994; the day has two digits, or a space and one.
    private static bool TryParseAsctime(ReadOnlySpan<char> text, out DateTimeOffset date)
    {
        date = default;
        return TryFindName(DayNames, text[..3], out _)
            && TryFindName(MonthNames, text[4..7], out var month)
            && text[7] == ' '
            && TryReadNumber(text[8] == ' ' ? text[9..10] : text[8..10], out var day)
            && text[10] == ' '
            && TryReadTime(text[11..19], out var second)
            && text[19] == ' '
            && TryReadNumber(text[20..], out var year)
            && TryCompose(year, month, day, second, out date);
    }

    // Sunday, 06-Nov-94 08:49:37 GMT
    private static bool TryParseRfc850(ReadOnlySpan<char> text, TimeProvider clock, out DateTimeOffset date)
    {
        date = default;
        var comma = text.IndexOf(',');
        if (comma < 0 || !IsFullDayName(text[..comma]))
        {
            return false;
        }

        var rest = text[(comma + 1)..];
        return rest.Length == 23
            && rest[0] == ' '
            && TryReadNumber(rest[1..3], out var day)
            && rest[3] == '-'
            && TryFindName(MonthNames, rest[4..7], out var month)
            && rest[7] == '-'
            && TryReadNumber(rest[8..10], out var year)
            && rest[10] == ' '
            && TryReadTime(rest[11..19], out var second)
            && rest[19..] is " GMT"
            && TryComposeNear(clock.GetUtcNow(), year, month, day, second, out date);
    }

    // "More than 50 years in the future" means the most recent year in the past with the same last two digits.
    private static bool TryComposeNear(DateTimeOffset now, int twoDigits, int month, int day, int second, out DateTimeOffset date)
    {
        var century = now.Year - (now.Year % 100);
        var latest = now.AddYears(50);
        for (var year = century + 100 + twoDigits; year >= century - 100; year -= 100)
        {
            if (TryCompose(year, month, day, second, out date) && date <= latest)
            {
                return true;
            }
        }

        date = default;
        return false;
    }

    private static bool TryCompose(int year, int month, int day, int second, out DateTimeOffset date)
    {
        date = default;
        if (year is < 1 or > 9999 || day < 1 || day > DateTime.DaysInMonth(year, month))
        {
            return false;
        }

        var ticks = new DateOnly(year, month, day).DayNumber * TimeSpan.TicksPerDay + second * TimeSpan.TicksPerSecond;
        if (ticks > DateTimeOffset.MaxValue.Ticks)
        {
            return false;
        }

        date = new DateTimeOffset(ticks, TimeSpan.Zero);
        return true;
    }

    private static bool TryReadTime(ReadOnlySpan<char> text, out int second)
    {
        second = 0;
        if (text[2] != ':'
            || text[5] != ':'
            || !TryReadNumber(text[..2], out var hours)
            || !TryReadNumber(text[3..5], out var minutes)
            || !TryReadNumber(text[6..], out var seconds))
        {
            return false;
        }

        second = (((hours * 60) + minutes) * 60) + seconds;
        return (hours < 24 && minutes < 60 && seconds < 60) || (hours, minutes, seconds) == (23, 59, 60);
    }

    private static bool TryReadNumber(ReadOnlySpan<char> digits, out int number)
    {
        number = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit(digit))
            {
                return false;
            }

            number = (number * 10) + (digit - '0');
        }

        return true;
    }

    // Names are case-sensitive and begin with their only capital, so a match across two names cannot pass for one.
    private static bool TryFindName(ReadOnlySpan<char> names, ReadOnlySpan<char> name, out int number)
    {
        var at = names.IndexOf(name);
        number = (at / 3) + 1;
        return at >= 0 && at % 3 == 0;
    }

    private static bool IsFullDayName(ReadOnlySpan<char> name) =>
        name is "Monday" or "Tuesday" or "Wednesday" or "Thursday" or "Friday" or "Saturday" or "Sunday";
}
