namespace ReleaseServer.Site;

/// <summary>Keeps the last good generation and its links on local disk, for a start while the bucket is away.</summary>
internal sealed partial class LastGoodSite(SiteOptions options, ILogger<LastGoodSite> logger)
{
    private readonly string _generationPath = Path.Combine(options.StatePath, "last-good-generation.json");
    private readonly string _linksPath = Path.Combine(options.StatePath, "last-good-links.json");

    /// <summary>Writes both files whole; a disk that refuses costs a warning, never the swap.</summary>
    public void Save(GenerationDocument generation, ReadOnlyMemory<byte> links)
    {
        try
        {
            Directory.CreateDirectory(options.StatePath);

            // Links first: a generation without its links would be refused at the next start.
            Replace(_linksPath, links.Span);
            Replace(_generationPath, generation.Write());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LogNotSaved(options.StatePath, exception.Message);
        }
    }

    /// <returns>Null where none was kept, or it cannot be used.</returns>
    public (GenerationDocument Generation, LinkTable Links)? Load()
    {
        try
        {
            var generation = GenerationDocument.Read(File.ReadAllBytes(_generationPath));
            return (generation, PublishedSite.ParseLinks(_linksPath, File.ReadAllBytes(_linksPath)));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or SiteDataException)
        {
            LogNotLoaded(options.StatePath, exception.Message);
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
