using System.Text;

namespace ReleaseServer.Sample;

/// <summary>One object of the sample tree.</summary>
/// <param name="Name">Its key; while the tree is being put together, still relative to some directory.</param>
/// <param name="Content">All of its bytes.</param>
internal sealed record SampleFile(string Name, byte[] Content)
{
    /// <summary>The media type that the release server's table of extensions gives too.</summary>
    public string ContentType => Path.GetExtension(Name) switch
    {
        ".html" => "text/html",
        ".css" => "text/css",
        ".js" => "application/javascript",
        ".json" => "application/json",
        ".gz" => "application/gzip",
        ".xz" => "application/x-xz",
        ".zip" => "application/zip",
        ".7z" => "application/x-7z-compressed",
        ".exe" or ".lib" or ".msi" or ".pkg" => "application/octet-stream",
        _ => "text/plain",
    };

    /// <summary>A file of text. The repository's line ends are LF, and so are those of raw strings.</summary>
    public static SampleFile Text(string name, string text) => new(name, Encoding.UTF8.GetBytes(text));
}
