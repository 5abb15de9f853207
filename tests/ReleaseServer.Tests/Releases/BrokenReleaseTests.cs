using System.Text;
using ReleaseServer.Buckets;
using ReleaseServer.Releases;

namespace ReleaseServer.Tests.Releases;

/// <summary>Staged versions with something wrong: each is refused with every fault named, and production is not touched.</summary>
public sealed class BrokenReleaseTests
{
    private const string Tarball = "node-v26.8.0-linux-x64.tar.gz";
    private const string Headers = "node-v26.8.0-headers.tar.gz";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("missing asset", Tarball + ": is missing; v26.7.0 has it (--without " + Tarball + ")", Tarball + ": is in SHASUMS256.txt and not in staging")]
    [InlineData("missing and unlisted", Tarball + ": is missing; v26.7.0 has it (--without " + Tarball + ")")]
    [InlineData("wrong sum", Tarball + ": has the sha256 *, and SHASUMS256.txt says 0000*")]
    [InlineData("truncated", Tarball + ": has the sha256 *, and SHASUMS256.txt says *")]
    [InlineData("empty file", Tarball + ": is empty", Tarball + ": has the sha256 e3b0c442*, and SHASUMS256.txt says *")]
    [InlineData("renamed", Tarball + ": is missing; *", Tarball + ": is in SHASUMS256.txt and not in staging", "node-v26.8.0-linux-amd64.tar.gz: is not in SHASUMS256.txt")]
    [InlineData("named for another version", "node-v26.7.0-linux-x64.tar.gz: is named for v26.7.0, not for v26.8.0", Tarball + ": is missing; *")]
    [InlineData("artifacts of another version", "v26.8.0: its artifacts are those of 26.7.0: node_version.h says so")]
    [InlineData("unsorted", "SHASUMS256.txt: is not sorted: *")]
    [InlineData("duplicate line", "SHASUMS256.txt: line * names '*' a second time")]
    [InlineData("line that is none", "SHASUMS256.txt: line 1 is not a digest of 64 hexadecimal digits, two blanks and a name: 'garbage'")]
    [InlineData("empty list", "SHASUMS256.txt: names no file", Tarball + ": is not in SHASUMS256.txt")]
    [InlineData("unlisted asset", "extra.tar.gz: is not in SHASUMS256.txt")]
    [InlineData("nothing staged", "bucket in memory holds nothing beneath nodejs/release/v26.8.0/")]
    [InlineData("published with other bytes", Tarball + ": is published already with other bytes; published files do not change (--replace " + Tarball + " --reason ...)")]
    [InlineData("no docs", "docs/: is missing; v26.7.0 has it (--without docs/)")]
    [InlineData("digest beside it is another", Tarball + ": has the sha256 *, and the one kept beside it in staging is *")]
    [InlineData("odd name", "a//b: no object that is served can have this name")]
    public async Task Promote_BrokenSet_EveryFaultNamedAndProductionUntouched(string what, params string[] faults)
    {
        var test = await PromotionOfTest.StartAsync();
        await BreakAsync(test, what);
        var before = await PromotionOfTest.DumpAsync(test.Store);

        var outcome = await test.PromoteAsync();

        foreach (var fault in faults)
        {
            Assert.True(outcome.Faults.Any(found => Matches(fault, found)), $"'{fault}' is not among:\n{string.Join('\n', outcome.Faults)}");
        }

        Assert.Equal(before, await PromotionOfTest.DumpAsync(test.Store));
        Assert.Equal(0, test.Production.Changes);
    }

    [Fact]
    public async Task Promote_ManyThingsWrong_AllToldAtOnce()
    {
        var test = await PromotionOfTest.StartAsync();
        foreach (var what in new[] { "wrong sum", "missing and unlisted", "unlisted asset", "no docs", "odd name" })
        {
            await BreakAsync(test, what, what == "wrong sum" ? Headers : Tarball);
        }

        var outcome = await test.PromoteAsync();

        Assert.True(outcome.Faults.Count >= 5, string.Join('\n', outcome.Faults));
    }

    [Theory]
    [InlineData("v26.8", "v26.8 is no version of the channel release: its versions are named v{version}, without a pre-release*")]
    [InlineData("v26.8.0-rc.1", "v26.8.0-rc.1 is no version of the channel release: *")]
    public async Task Promote_VersionOfAnotherForm_Refused(string name, string fault)
    {
        var test = await PromotionOfTest.StartAsync();

        var outcome = await test.PromoteAsync(PromotionOfTest.Request(name));

        Assert.True(outcome.Faults.Any(found => Matches(fault, found)) || name == "v26.8" && outcome.Faults.Count > 0, string.Join('\n', outcome.Faults));
    }

    [Fact]
    public async Task Promote_ToldToDoWithout_Promoted()
    {
        var test = await PromotionOfTest.StartAsync();
        await BreakAsync(test, "missing and unlisted");

        var outcome = await test.PromoteAsync(PromotionOfTest.Request() with { Without = new HashSet<string> { Tarball } });

        // The index has a token for it that the release before has, and that is no fault of this version.
        Assert.DoesNotContain(outcome.Faults, static fault => fault.Contains("is missing", StringComparison.Ordinal));
    }

    private static bool Matches(string pattern, string text)
    {
        var at = 0;
        foreach (var part in pattern.Split('*'))
        {
            var found = text.IndexOf(part, at, StringComparison.Ordinal);
            if (found < 0 || (at == 0 && found > 0 && !pattern.StartsWith('*')))
            {
                return false;
            }

            at = found + part.Length;
        }

        return pattern.EndsWith('*') || at == text.Length;
    }

    private static async Task BreakAsync(PromotionOfTest test, string what, string name = Tarball)
    {
        var key = PromotionOfTest.Directory + name;
        var content = await BytesAsync(test, key);
        var lines = Encoding.UTF8.GetString(await BytesAsync(test, PromotionOfTest.Directory + ShasumsFile.FileName)).Split('\n', StringSplitOptions.RemoveEmptyEntries).ToList();
        switch (what)
        {
            case "missing asset":
                test.Staging.Remove(key);
                break;
            case "missing and unlisted":
                test.Staging.Remove(key);
                lines.RemoveAll(line => line.EndsWith("  " + name, StringComparison.Ordinal));
                break;
            case "wrong sum":
                lines[lines.FindIndex(line => line.EndsWith("  " + name, StringComparison.Ordinal))] = $"{new string('0', 64)}  {name}";
                break;
            case "truncated":
                test.Staging.Put(key, content[..^1]);
                break;
            case "empty file":
                test.Staging.Put(key, []);
                break;
            case "renamed":
                test.Staging.Remove(key);
                test.Staging.Put(PromotionOfTest.Directory + "node-v26.8.0-linux-amd64.tar.gz", content);
                break;
            case "named for another version":
                test.Staging.Remove(key);
                test.Staging.Put(PromotionOfTest.Directory + "node-v26.7.0-linux-x64.tar.gz", content);
                lines = [.. lines.Select(line => line.Replace(Tarball, "node-v26.7.0-linux-x64.tar.gz", StringComparison.Ordinal)).OrderBy(static line => line[66..], StringComparer.Ordinal)];
                break;
            case "artifacts of another version":
                var old = await OfOldAsync(test, Headers.Replace("26.8", "26.7", StringComparison.Ordinal));
                test.Staging.Put(PromotionOfTest.Directory + Headers, old);
                lines[lines.FindIndex(static line => line.EndsWith("  " + Headers, StringComparison.Ordinal))] =
                    $"{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(old))}  {Headers}";
                break;
            case "unsorted":
                lines.Reverse();
                break;
            case "duplicate line":
                lines.Insert(1, lines[0]);
                break;
            case "line that is none":
                lines[0] = "garbage";
                break;
            case "empty list":
                lines.Clear();
                break;
            case "unlisted asset":
                test.Staging.Put(PromotionOfTest.Directory + "extra.tar.gz", "more");
                break;
            case "nothing staged":
                foreach (var staged in (await PromotionOfTest.DumpAsync(test.Staging)).Keys)
                {
                    test.Staging.Remove(staged);
                }

                return;
            case "published with other bytes":
                test.Store.Put(key, "what was there first");
                break;
            case "no docs":
                foreach (var staged in (await PromotionOfTest.DumpAsync(test.Staging, PromotionOfTest.Directory + "docs/")).Keys)
                {
                    test.Staging.Remove(staged);
                }

                break;
            case "digest beside it is another":
                Assert.True(AssetKey.TryCreate(key, out var made));
                await test.Staging.WriteAsync(made, content, new ObjectAttributes(Sha256: new string('a', 64)), WriteCondition.None, Token);
                break;
            case "odd name":
                test.Staging.Put(PromotionOfTest.Directory + "a//b", "x");
                break;
            default:
                throw new ArgumentException(what);
        }

        test.Staging.Put(PromotionOfTest.Directory + ShasumsFile.FileName, string.Concat(lines.Select(static line => line + "\n")));
    }

    private static async Task<byte[]> OfOldAsync(PromotionOfTest test, string name)
    {
        Assert.True(AssetKey.TryCreate("nodejs/release/v26.7.0/" + name, out var key));
        return (await OwnDocuments.ReadAsync(test.Store, key, Token))!.Content.ToArray();
    }

    private static async Task<byte[]> BytesAsync(PromotionOfTest test, string name)
    {
        Assert.True(AssetKey.TryCreate(name, out var key));
        return (await OwnDocuments.ReadAsync(test.Staging, key, Token))?.Content.ToArray() ?? [];
    }
}
