using System.Security.Cryptography;
using System.Text;
using ReleaseServer.Buckets;

namespace ReleaseServer.Site;

/// <summary>Keeps the last good generation and its links on local disk, for a start while the bucket is away.</summary>
internal sealed partial class LastGoodSite
{
    private readonly string _directory;
    private readonly string _generationPath;
    private readonly string _linksPath;
    private readonly ILogger<LastGoodSite> _logger;

    public LastGoodSite(SiteOptions options, IBucket bucket, ILogger<LastGoodSite> logger)
    {
        // Named for the bucket: the links of another one would lead to files that are not there.
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(bucket.Description)))[..12];
        _directory = options.StatePath;
        _generationPath = Path.Combine(_directory, $"last-good-{digest}-generation.json");
        _linksPath = Path.Combine(_directory, $"last-good-{digest}-links.json");
        _logger = logger;
    }

    /// <summary>Writes both files whole; a disk that refuses costs a warning, never the swap.</summary>
    public void Save(GenerationDocument generation, ReadOnlyMemory<byte> links)
    {
        try
        {
            Directory.CreateDirectory(_directory);

            // Links first: a generation without its links would be refused at the next start.
            Replace(_linksPath, links.Span);
            Replace(_generationPath, generation.Write());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LogNotSaved(_directory, exception.Message);
        }
    }

    /// <returns>Null where none was kept, or it cannot be used.</returns>
    public (GenerationDocument Generation, PublishedLinks Links)? Load()
    {
        try
        {
            var generation = GenerationDocument.Read(File.ReadAllBytes(_generationPath));
            return (generation, PublishedSite.ParseLinks(generation.Links is null ? null : _linksPath, File.ReadAllBytes(_linksPath)));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or SiteDataException)
        {
            LogNotLoaded(_directory, exception.Message);
            return null;
        }
    }

    private static void Replace(string path, ReadOnlySpan<byte> content)
    {
        var temporary = path + ".new";
        File.WriteAllBytes(temporary, content);
        File.Move(temporary, path, overwrite: true);
    }

    [LoggerMessage(LogLevel.Warning, "The last good links cannot be kept in {Directory}: {Reason}")]
    private partial void LogNotSaved(string directory, string reason);

    [LoggerMessage(LogLevel.Warning, "The last good links in {Directory} cannot be used: {Reason}")]
    private partial void LogNotLoaded(string directory, string reason);
}
