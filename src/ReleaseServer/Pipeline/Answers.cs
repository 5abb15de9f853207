using System.Text;
using ReleaseServer.Http;

namespace ReleaseServer.Pipeline;

/// <summary>Short answers that are the same wherever they are given.</summary>
internal static class Answers
{
    public const string FileNotFound = "File not found";
    public const string DirectoryNotFound = "Directory not found";

    /// <summary>The methods a release server has, for the Allow field (RFC 9110 §10.2.1).</summary>
    public const string Allow = "GET, HEAD, OPTIONS";

    /// <summary>Long enough for a blip to pass, short enough that a download manager does not give up.</summary>
    private const string RetryAfterSeconds = "10";

    /// <summary>An error with a line of plain text that no cache may keep.</summary>
    public static Task ErrorAsync(HttpContext context, int status, string text)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.Headers.CacheControl = CacheControl.Error;
        response.ContentType = "text/plain";
        return ContentAsync(context, Encoding.UTF8.GetBytes(text + "\n"));
    }

    public static Task NotFoundAsync(HttpContext context, AssetRequest request) =>
        ErrorAsync(context, StatusCodes.Status404NotFound, request.IsDirectory ? DirectoryNotFound : FileNotFound);

    /// <summary>There is nothing to answer from at the moment: no site has been loaded yet, or the bucket failed.</summary>
    public static Task UnavailableAsync(HttpContext context)
    {
        context.Response.Headers.RetryAfter = RetryAfterSeconds;
        return ErrorAsync(context, StatusCodes.Status503ServiceUnavailable, "The release store does not answer at the moment; please try again");
    }

    public static Task RedirectAsync(HttpContext context, int status, string location, string cacheControl)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.Headers.Location = location;
        response.Headers.CacheControl = cacheControl;
        response.ContentLength = 0;
        return Task.CompletedTask;
    }

    /// <summary>Sends content that is ready in memory, with its length; HEAD gets the length only (RFC 9110 §9.3.2).</summary>
    public static Task ContentAsync(HttpContext context, ReadOnlyMemory<byte> content)
    {
        context.Response.ContentLength = content.Length;
        return ResponseBody.SendAsync(context, content).AsTask();
    }

    /// <summary>Adds the fields that the route and the path's suffix bring to an answer that succeeds.</summary>
    public static void AddSiteFields(HttpContext context, AssetRequest request)
    {
        var headers = context.Response.Headers;
        foreach (var field in request.Route.Fields)
        {
            headers[field.Name] = field.Value;
        }

        foreach (var suffix in request.Site.Data.Routes.SuffixFields)
        {
            if (request.Path.EndsWith(suffix.Suffix, StringComparison.Ordinal))
            {
                foreach (var field in suffix.Fields)
                {
                    headers[field.Name] = field.Value;
                }
            }
        }
    }
}
