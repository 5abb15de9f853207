using System.Text;

namespace ReleaseServer.Sample;

/// <summary>The <c>metrics</c> tree: a page, two days of log extracts, and a summary that agrees with them.</summary>
internal static class SampleMetrics
{
    private static readonly string[] Days = ["2026-08-03", "2026-08-04"];

    private static readonly (string Version, string Os, string Arch, string Extension, int Bytes)[] Downloads =
    [
        ("v26.7.0", "linux", "x64", "tar.xz", 31_234_567),
        ("v24.19.0", "linux", "arm64", "tar.xz", 30_111_222),
        ("v22.23.2", "darwin", "arm64", "tar.gz", 48_765_432),
        ("v20.20.2", "win", "x64", "zip", 29_998_877),
    ];

    public static IEnumerable<SampleFile> All()
    {
        yield return SampleFile.Text("index.html", SampleDocs.Page("Downloads", "<p><a href=\"logs/\">Logs</a>, <a href=\"summaries/\">summaries</a></p>", style: null));
        foreach (var day in Days)
        {
            yield return SampleFile.Text($"logs/nodejs.org-access.log.{day.Replace("-", "", StringComparison.Ordinal)}.0000000000.csv", Log(day));
        }

        var total = Downloads.Sum(download => (long)download.Bytes);
        yield return SampleFile.Text("summaries/total.csv", "day,bytes\n" + string.Concat(Days.Select(day => $"{day},{total}\n")));
    }

    private static string Log(string day)
    {
        var text = new StringBuilder("day,country,region,path,version,os,arch,bytes\n");
        foreach (var (version, os, arch, extension, bytes) in Downloads)
        {
            text.Append($"{day},,,/dist/{version}/node-{version}-{os}-{arch}.{extension},{version},{os},{arch},{bytes}\n");
        }

        return text.ToString();
    }
}
