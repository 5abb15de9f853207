using ReleaseServer.EndToEnd.Processes;
using ReleaseServer.EndToEnd.Sites;

namespace ReleaseServer.EndToEnd.Parity;

/// <summary>The parity data is sound: nginx answers each row as the row says, and each difference is known and has its reason.</summary>
[Collection(nameof(NginxSite))]
public sealed class ParityDataTests(NginxSite nginx)
{
    [Theory]
    [MemberData(nameof(ParityRows.All), MemberType = typeof(ParityRows), DisableDiscoveryEnumeration = true)]
    public async Task Row_AskedOfNginx_StatusOfTheRow(int line, string shown)
    {
        nginx.Require();
        var request = ParityRows.At(line);

        var answer = await request.SendAsync(new Uri(nginx.Address));

        Assert.True(answer.Status == request.Status, $"requests.tsv, line {line}: {shown}: nginx answered {answer.Status}, not {request.Status}");
    }

    [Fact]
    public void Difference_Each_HasItsReasonInTheDocs()
    {
        var docs = File.ReadAllText(Path.Combine(Repository.Root, "docs", "parity.md"));

        Assert.All(
            ParityDifference.Load(), difference => Assert.Contains($"| `{difference.Id}` |", docs, StringComparison.Ordinal));
    }

    [Fact]
    public void Row_NamedDifferences_AreKnownAndUsed()
    {
        var known = ParityDifference.Load();

        var named = ParityRequest.Load().SelectMany(request => request.Differences).ToHashSet();

        Assert.Equal(
            known.Where(difference => difference.When is null).Select(difference => difference.Id).Order(StringComparer.Ordinal),
            named.Order(StringComparer.Ordinal));
    }
}
