using System.Globalization;

namespace ReleaseServer.Load.Report;

internal enum TargetSense
{
    AtMost,
    AtLeast,
    Exactly,
}

/// <summary>What a result must reach, and what it would ideally reach.</summary>
internal sealed record Target(double Must, double Ambitious, TargetSense Sense = TargetSense.AtMost, string Unit = "")
{
    public static Target Exactly(double value) => new(value, value, TargetSense.Exactly);

    public string MustText => Describe(Must);

    public string AmbitiousText => Describe(Ambitious);

    /// <returns><c>ambitious</c>, <c>must</c> or <c>no</c>.</returns>
    public string Judge(double result) => Holds(result, Ambitious) ? "ambitious" : Holds(result, Must) ? "must" : "no";

    public string Show(double result) => Number(result) + Unit;

    private bool Holds(double result, double bound) => Sense switch
    {
        TargetSense.AtMost => result <= bound,
        TargetSense.AtLeast => result >= bound,
        _ => result == bound,
    };

    private string Describe(double bound)
    {
        var sign = Sense switch { TargetSense.AtMost => "<= ", TargetSense.AtLeast => ">= ", _ => "= " };
        return sign + Number(bound) + Unit;
    }

    private static string Number(double value) => value.ToString(Math.Abs(value) >= 100 ? "0" : "0.##", CultureInfo.InvariantCulture);
}
