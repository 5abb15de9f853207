using System.Globalization;
using ReleaseServer.Commands;

namespace ReleaseServer.Tests.Commands;

public sealed class ProgressLineTests
{
    [Fact]
    public void Show_TextWiderThanAnyTerminal_CutSoThatItDoesNotWrap()
    {
        using var error = new StringWriter(CultureInfo.InvariantCulture);
        using var line = new ProgressLine(new Caller(TextWriter.Null, error, ShowsProgress: true, "/", new Dictionary<string, string>()));

        line.Show(new string('x', 10_000));

        Assert.StartsWith("\rxxx", error.ToString(), StringComparison.Ordinal);
        Assert.InRange(error.ToString().Length, 2, 5_000);
    }
}
