using System.Globalization;
using Microsoft.Extensions.Options;

namespace ReleaseServer.Configuration;

/// <summary>Rules that many validators share.</summary>
internal static class RangeRules
{
    /// <summary>Adds a fault unless a number is within both bounds, inclusive.</summary>
    public static void AddUnlessWithin(this ValidateOptionsResultBuilder faults, string setting, long value, long least, long most)
    {
        if (value < least || value > most)
        {
            faults.AddError(string.Create(CultureInfo.InvariantCulture, $"must be {least} to {most}, is '{value}'"), setting);
        }
    }

    /// <summary>Adds a fault unless a duration is within both bounds, inclusive.</summary>
    public static void AddUnlessWithin(this ValidateOptionsResultBuilder faults, string setting, TimeSpan value, TimeSpan least, TimeSpan most)
    {
        if (value < least || value > most)
        {
            faults.AddError($"must be {Duration.InWords(least)} to {Duration.InWords(most)}, is '{Duration.Format(value)}'", setting);
        }
    }
}
