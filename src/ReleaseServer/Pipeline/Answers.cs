using System.Text;
using ReleaseServer.Http;

namespace ReleaseServer.Pipeline;

/// <summary>Short answers that are the same wherever they are given.</summary>
internal static class Answers
{
    public const string FileNotFound = "File not found";

    /// <summary>The methods a release server has, for the Allow field (RFC 9110 §10.2.1).</summary>
    public const string Allow = "GET, HEAD, OPTIONS";

    private static readonly byte[] FileNotFoundText = "File not found\n"u8.ToArray();
    private static readonly byte[] DirectoryNotFoundText = "Directory not found\n"u8.ToArray();

    /// <summary>Long enough for a blip to pass, short enough that a download manager does not give up.</summary>
    private const string RetryAfterSeconds = "10";

    /// <summary>An error with a line of plain text that no cache may keep.</summary>
    public static Task ErrorAsync(HttpContext context, int status, string text) => ErrorAsync(context, status, Encoding.UTF8.GetBytes(text + "\n"));

    /// <inheritdoc cref="ErrorAsync(HttpContext, int, string)"/>
    public static Task ErrorAsync(HttpContext context, int status, ReadOnlyMemory<byte> text)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.Headers.CacheControl = CacheControl.Error;
        ContentFields.SetType(response.Headers, "text/plain");
        return ContentAsync(context, text);
    }

    /// <summary>Nothing has this path, though a route leads to the bucket.</summary>
    public static Task NotFoundAsync(HttpContext context, bool isDirectory, SurrogateKeys surrogateKeys)
    {
        surrogateKeys.Set(context.Response.Headers);
        return ErrorAsync(context, StatusCodes.Status404NotFound, isDirectory ? DirectoryNotFoundText : FileNotFoundText);
    }

    /// <summary>There is nothing to answer from at the moment: no site has been loaded yet, or the bucket failed.</summary>
    public static Task UnavailableAsync(HttpContext context)
    {
        context.Response.Headers.RetryAfter = RetryAfterSeconds;
        return ErrorAsync(context, StatusCodes.Status503ServiceUnavailable, "The release store does not answer at the moment; please try again");
    }

    public static Task RedirectAsync(HttpContext context, int status, string location, string cacheControl, SurrogateKeys surrogateKeys)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.Headers.Location = location;
        response.Headers.CacheControl = cacheControl;
        response.ContentLength = 0;
        surrogateKeys.Set(response.Headers);
        return Task.CompletedTask;
    }

    /// <summary>Sends content that is ready in memory, with its length; HEAD gets the length only (RFC 9110 §9.3.2).</summary>
    public static Task ContentAsync(HttpContext context, ReadOnlyMemory<byte> content)
    {
        context.Response.ContentLength = content.Length;
        return ResponseBody.SendAsync(context, content).AsTask();
    }
}
