using System.Text;
using ReleaseServer.Releases;

namespace ReleaseServer.Sample;

/// <summary>Writes <c>index.json</c> and <c>index.tab</c> of one channel from the versions and the names of their assets.</summary>
internal static class SampleIndex
{
    public static SampleFile Json(IEnumerable<IndexEntry> versions) => SampleFile.Text(IndexJson.FileName, Encoding.UTF8.GetString(IndexJson.Write(versions)));

    public static SampleFile Tab(IEnumerable<IndexEntry> versions) => SampleFile.Text(IndexTab.FileName, Encoding.UTF8.GetString(IndexTab.Write(versions)));

    /// <param name="version">The facts.</param>
    /// <param name="assets">What there is to download, relative to the version's directory.</param>
    public static IndexEntry EntryOf(SampleVersion version, IEnumerable<SampleFile> assets) =>
        new(version.Name, DateOnly.FromDateTime(version.Released.UtcDateTime), AssetTokens.Of(version.Name, assets.Select(static asset => asset.Name)))
        {
            Npm = version.Npm,
            V8 = version.V8,
            Uv = version.Uv,
            Zlib = version.Zlib,
            OpenSsl = version.OpenSsl,
            Modules = version.Modules,
            Lts = version.Lts,
            Security = version.Security,
        };
}
