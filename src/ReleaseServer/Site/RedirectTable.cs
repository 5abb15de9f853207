using ReleaseServer.Http;

namespace ReleaseServer.Site;

/// <summary>One path that has moved.</summary>
/// <param name="From">The old path; with a <c>*</c> at its end, every path that begins so.</param>
/// <param name="To">A path of our own, ending in <c>*</c> where <paramref name="From"/> does, or an absolute URL.</param>
/// <param name="Status">301, 302, 307 or 308.</param>
internal sealed record Redirect(string From, string To, int Status)
{
    public bool IsPrefix => From.EndsWith('*');
}

/// <summary>Paths that have moved; the first row that matches wins. Immutable.</summary>
internal sealed class RedirectTable(IReadOnlyList<Redirect> redirects)
{
    public IReadOnlyList<Redirect> Redirects => redirects;

    /// <summary>Finds where a path has moved to; null where it has not.</summary>
    /// <param name="path">Decoded and resolved.</param>
    /// <param name="query">Empty, or with its question mark; carried over to paths of our own only.</param>
    /// <param name="location">The Location field, escaped.</param>
    public Redirect? Find(string path, string query, out string location)
    {
        foreach (var redirect in redirects)
        {
            if (redirect.IsPrefix && path.AsSpan().StartsWith(redirect.From.AsSpan(0, redirect.From.Length - 1)))
            {
                // Joined at one slash: "//name" would lead to another host (RFC 3986 §4.2).
                var rest = path.AsSpan(redirect.From.Length - 1);
                rest = redirect.To.EndsWith("/*", StringComparison.Ordinal) ? rest.TrimStart('/') : rest;
                var moved = string.Concat(redirect.To.AsSpan(0, redirect.To.Length - 1), rest);
                location = PathEscaping.ForLocation(moved) + query;
                return redirect;
            }

            if (!redirect.IsPrefix && path == redirect.From)
            {
                location = redirect.To.StartsWith('/') ? PathEscaping.ForLocation(redirect.To) + query : redirect.To;
                return redirect;
            }
        }

        location = "";
        return null;
    }
}
