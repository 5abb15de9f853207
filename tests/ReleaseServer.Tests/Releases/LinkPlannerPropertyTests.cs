using FsCheck;
using FsCheck.Fluent;
using ReleaseServer.Releases;
using ReleaseServer.Site;

namespace ReleaseServer.Tests.Releases;

/// <summary>Whatever the rules and the bucket, a plan is one that every server takes.</summary>
public sealed class LinkPlannerPropertyTests
{
    // Few names, so that rules, real files and other rules' links meet often.
    private static readonly Gen<string> Version =
        from numbers in Gen.Elements("1.0.0", "1.4.2", "1.10.0", "2.0", "2.0.1", "10.0.0", "0.9.1.2")
        from prerelease in Gen.Elements("", "", "-rc.1", "-beta.10")
        select numbers + prerelease;

    private static readonly Gen<string> Key =
        from directory in Gen.Elements("r", "r", "s/t", "docs", "latest", "")
        from version in Gen.OneOf(Version, Version.Select(version => "v" + version), Gen.Elements("latest", "lts", "1.x", "app"))
        from file in Gen.Elements("", "/", "/app.tgz", "/docs/index.html", "/latest", "/a/b/c")
        select (directory.Length == 0 ? "" : directory + "/") + version + file;

    private static readonly Gen<LineRule> Line =
        from link in Gen.Elements("latest", "lts", "{major}.x", "{major}.{minor}", "v1.4.2", "app")
        from within in Gen.Elements<string?>(null, "1", "1.4", "2")
        from bounds in Gen.Elements<(string? From, string? To)>((null, null), ("1.4", null), (null, "2.0"))
        from prereleases in Gen.Elements(true, false)
        select new LineRule(link, within, bounds.From, bounds.To, prereleases);

    private static readonly Gen<LinkRule> Rule =
        from each in Gen.Elements(LinkScope.Once, LinkScope.Line, LinkScope.Version)
        from link in Gen.Elements("app", "docs", "r", "r/latest/app.tgz", "docs/{latest}", "docs/{line}", "docs/{name}", "docs/{version}/more", "s/{line}/x", "latest")
        from target in Gen.Elements("r", "r/{latest}", "r/{name}", "r/{name}/docs", "r/{lts}/app.tgz", "s/t", "r/latest", "docs/{line}", "app")
        select new LinkRule(link, target, each, null, null);

    private static readonly Gen<ReleaseChannel> Channel =
        from directory in Gen.Elements("r", "s/t", "", "r/latest")
        from versions in Gen.Elements("v{version}", "{version}")
        from lines in Gen.ListOf(Line)
        from links in Gen.ListOf(Rule)
        select new ReleaseChannel(directory, versions, [.. lines], [.. links]);

    private static readonly Arbitrary<(List<string> Keys, ReleaseRules Rules)> Cases = Arb.From(
        from keys in Gen.ListOf(Key)
        from channels in Gen.ListOf(Channel)
        select (keys.ToList(), new ReleaseRules([.. channels])));

    [Fact]
    public void Plan_AnyRulesAndBucket_FlattensWithoutFaults() => Check((_, plan) =>
    {
        var faults = new List<SiteFault>();
        LinkFlattener.Flatten("links", plan.Links, faults);
        return faults.Count == 0;
    });

    [Fact]
    public void Plan_AnyRulesAndBucket_CanBePublishedAndRead() => Check((_, plan) =>
        LinksDocument.Read("links", new LinksDocument(1, plan.Links).Write()).Links.SequenceEqual(plan.Links));

    [Fact]
    public void Plan_AnyRulesAndBucket_HidesNothingReal() => Check((inventory, plan) =>
        plan.Links.All(link => !inventory.HasObject(link.Name) && !inventory.HasDirectory(link.Name)));

    [Fact]
    public void Plan_AnyRulesAndBucket_LeadsToWhatExists() => Check((inventory, plan) =>
        plan.Links.All(link => link.IsDirectory ? inventory.HasDirectory(link.Target) : inventory.HasObject(link.Target)));

    [Fact]
    public void Plan_AnyRulesAndBucket_NothingBothMadeAndLeftOut() => Check((_, plan) =>
        !plan.Links.Select(link => link.Name).Intersect(plan.LeftOut.Select(row => row.Name)).Any());

    [Fact]
    public void Plan_AnyRulesAndBucket_InOrderOfNames() => Check((inventory, plan) => plan.Links.Count <= 1 || plan.Links.Zip(plan.Links.Skip(1))
        .All(pair => string.CompareOrdinal(pair.First.Name, pair.Second.Name) < 0));

    private static void Check(Func<BucketInventory, LinkPlan, bool> holds) =>
        Prop.ForAll(Cases, drawn =>
        {
            var inventory = new BucketInventory();
            foreach (var key in drawn.Keys)
            {
                inventory.Add(key);
            }

            return holds(inventory, LinkPlanner.Plan(drawn.Rules, inventory));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithQuietOnSuccess(true));
}
