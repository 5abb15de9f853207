using System.Globalization;
using System.Text;

namespace ReleaseServer.Configuration;

/// <summary>Text from outside, made fit for one line of a terminal or log.</summary>
internal static class PrintableText
{
    /// <summary>
    /// Replaces what could move the cursor, fake a second line or turn the writing direction: control and format characters and
    /// line separators become <c>\u001b</c> and the like.
    /// </summary>
    /// <returns>The same object where there is nothing to replace.</returns>
    public static string Of(string text)
    {
        var first = 0;
        while (first < text.Length && IsPrintable(text[first]))
        {
            first++;
        }

        if (first == text.Length)
        {
            return text;
        }

        var printable = new StringBuilder(text.Length + 16).Append(text, 0, first);
        foreach (var character in text.AsSpan(first))
        {
            if (IsPrintable(character))
            {
                printable.Append(character);
            }
            else
            {
                printable.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
            }
        }

        return printable.ToString();
    }

    private static bool IsPrintable(char character) =>
        character is >= ' ' and < '\u007f'
        || (character > '\u007f' && char.GetUnicodeCategory(character) is not (
            UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator));
}
