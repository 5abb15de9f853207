namespace ReleaseServer.Sample;

/// <summary>The versions of the sample tree, a few of every era.</summary>
/// <remarks>The facts are those of the real releases as far as they are known; nothing depends on it but realism.</remarks>
internal static class SampleVersions
{
    public const string Release = "release";

    private static readonly string[] None = [];
    private static readonly string[] Few = ["linux-x64"];
    private static readonly string[] X86Era = ["darwin-x64", "darwin-x86", "linux-x64", "linux-x86"];
    private static readonly string[] FirstLts = ["darwin-x64", "linux-arm64", "linux-armv7l", "linux-x64"];
    private static readonly string[] WithAppleSilicon = ["darwin-arm64", "darwin-x64", "linux-arm64", "linux-armv7l", "linux-x64"];
    private static readonly string[] Recent = ["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64"];

    /// <summary>Newest first within each channel, as the index lists them.</summary>
    public static IReadOnlyList<SampleVersion> All { get; } =
    [
        new("v26.7.0", "2026-08-05", "11.16.0", "14.6.202.34", "1.52.1", "1.3.2", "3.5.7", "147", null, false, Recent),
        new("v24.19.0", "2026-08-04", "11.14.1", "13.6.233.17", "1.51.0", "1.3.1-e00f703", "3.5.7", "137", "Krypton", false, Recent),
        new("v22.23.2", "2026-07-29", "10.9.8", "12.4.254.21", "1.51.0", "1.3.1-470d3a2", "3.0.21+quic", "127", "Jod", true, WithAppleSilicon),
        new("v20.20.2", "2026-03-24", "10.8.2", "11.3.244.8", "1.46.0", "1.3.1-e00f703", "3.0.19+quic", "115", "Iron", true, WithAppleSilicon),
        new("v18.20.8", "2025-03-27", "10.8.2", "10.2.154.26", "1.44.2", "1.3.0.1-motley", "3.0.16+quic", "108", "Hydrogen", false, WithAppleSilicon),
        new("v8.17.0", "2019-12-17", "6.13.4", "6.2.414.78", "1.23.2", "1.2.11", "1.0.2s", "57", "Carbon", true, FirstLts),
        new("v4.9.1", "2018-03-29", "2.15.11", "4.5.103.53", "1.9.1", "1.2.11", "1.0.2o", "46", "Argon", false, FirstLts),
        new("v0.12.18", "2017-02-22", "2.15.11", "3.28.71.20", "1.6.1", "1.2.8", "1.0.1u", "14", null, false, X86Era),
        new("v0.10.48", "2016-10-18", "2.15.1", "3.14.5.11", "0.10.37", "1.2.8", "1.0.1u", "11", null, true, X86Era),
        new("v0.5.0", "2011-08-26", null, "3.1.8.25", null, null, null, "1", null, false, None),
        new("v0.1.14", "2011-08-26", null, "1.3.15.0", null, null, null, null, null, false, None),
        new("v27.0.0-nightly2026080412ab34cd56", "2026-08-04", "11.16.0", "14.8.178.9", "1.52.1", "1.3.2", "3.5.7", "150", null, false, Few, "nightly"),
        new("v26.0.0-rc.1", "2026-04-14", "11.12.0", "14.6.202.9", "1.52.0", "1.3.2", "3.5.6", "147", null, false, Few, "rc"),
    ];
}
