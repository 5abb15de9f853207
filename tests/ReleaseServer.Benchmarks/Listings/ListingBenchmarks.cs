using BenchmarkDotNet.Attributes;
using ReleaseServer.Listings;

namespace ReleaseServer.Benchmarks.Listings;

/// <summary>A listing of 700 entries: from the bytes of its catalog document to the bytes of its page.</summary>
[MemoryDiagnoser]
public class ListingBenchmarks
{
    private const string Directory = "nodejs/release/";
    private const int Entries = 700;
    private static readonly DateTimeOffset Modified = new(2026, 5, 4, 3, 2, 1, TimeSpan.Zero);

    private static readonly CatalogDocument Document = new(
        CatalogDocument.CurrentFormat,
        Directory,
        Modified,
        [.. Enumerable.Range(0, Entries / 2).Select(static number => new CatalogFile(
            $"node-v22.{number}.0-linux-x64.tar.xz", 31_457_280, Modified, "\"5d41402abc4b2a76b9719d911017c592\""))],
        [.. Enumerable.Range(0, Entries / 2).Select(static number => new CatalogDirectory($"v22.{number}.0", Modified))],
        []);

    private readonly byte[] _document = Document.ToBytes();
    private readonly DirectoryListing _listing = new(
    [
        .. Document.Files.Select(static file => new ListingEntry(file.Name, false, file.Size, file.Modified)),
        .. Document.Directories.Select(static directory => new ListingEntry(directory.Name, true, null, directory.Modified)),
    ]);

    [Benchmark]
    public int CatalogDocument_Parse() => CatalogDocument.Parse(_document, Directory).Files.Count;

    [Benchmark]
    public int ListingHtml_ToBytes() => ListingHtml.ToBytes("/dist/", _listing).Length;
}
